/// A function that what is embedded or asked for refers to, and nothing else does, so that the linker
/// leaves it out of a binary that has no use for it.
///
/// There is one of each type, so that any two are equal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Linked<F>(pub(crate) F);

impl<F> PartialEq for Linked<F> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<F> Eq for Linked<F> {}
