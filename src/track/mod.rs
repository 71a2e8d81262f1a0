//! People in single frames → people over time.
