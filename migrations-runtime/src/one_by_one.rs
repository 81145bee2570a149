use crate::apply::Apply;
use crate::batch::Batch;
use crate::effect::Effect;
use crate::error::Error;
use crate::held::Lock;
use crate::linked::Linked;
use crate::migration::Migration;
use crate::pending::Next;
use crate::plan::Pending;
use crate::run::Run;

/// A file whose statements run one by one: where it says `no-transaction` or `batch`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OneByOne {
    pub(crate) steps: &'static [Step],
    pub(crate) batch: Option<Batch>,
    pub(crate) apply: Linked<ApplyOneByOne>,
}

/// A statement of such a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The checksum of the file up to this statement, and with it and its data.
    pub checksum: [u8; 32],
    /// What it leaves in the catalog.
    pub effect: Effect,
}

type ApplyOneByOne =
    fn(&mut Run<'_>, &Apply<'_>, Lock, &Pending, &[&'static Migration]) -> Result<Next, Error>;

impl OneByOne {
    /// `batch` is how its only statement is repeated, where it is.
    #[must_use]
    pub const fn new(steps: &'static [Step], batch: Option<Batch>) -> Self {
        let apply = |run: &mut Run<'_>, apply: &Apply<'_>, lock, next: &Pending, rest: &[_]| {
            run.outside(apply, lock, next, rest)
        };
        Self { steps, batch, apply: Linked(apply) }
    }
}
