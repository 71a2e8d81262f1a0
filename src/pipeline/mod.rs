//! The flow in one function, and the threads that run it.
