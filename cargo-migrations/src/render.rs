//! How problems are printed, one module for each format.

pub(crate) mod github;
pub(crate) mod human;
pub(crate) mod json;
pub(crate) mod summary;
