//! The generated crate against the model it was generated from, and against what AWS answered.

mod captured;
mod constraints;
mod model;
mod operations;
mod patterns;
mod types;
