//! Batches: one statement that limits itself, repeated and committed each time.

/// What a file says of its batches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// How long to pause between two batches, in milliseconds.
    pub pause: u32,
    /// How many rows a second to change at most; 0 is without limit.
    pub rate: u32,
}
