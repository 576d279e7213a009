//! Checks of the workspace: one command equals what CI runs.
//!
//! `cargo xtask check` looks at form and structure, `cargo xtask ci` also runs all tests, and
//! `cargo xtask failpoints` prints the list that the crash walk goes through.
//!
//! Each check is a function of the workspace's folder that says what is wrong in one error; the
//! steps name them, run them all, and print how long each took.

pub mod arrows;
pub mod failpoints;
pub mod machine_paths;
pub mod programs;
pub mod shipped;
pub mod steps;
pub mod tree;
pub mod unsafe_code;
