//! Input tensor → people, through the backend that this machine has.
