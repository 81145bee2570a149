/// A protocol that is wrong in one way. The checker must find out what each of them breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Broken {
    /// Nobody asks whether the lock is taken.
    NoLock,
    /// The lock is not taken again behind a COMMIT, and the next file is sent all the same.
    NoRelock,
    /// The lock is the session's, and a session whose client is gone keeps it.
    LockOutlivesItsOwner,
    /// The rows are read before the lock is taken, and not again.
    PlanBeforeLock,
    /// The row is written in a transaction of its own, behind that of the file.
    RowBehindCommit,
    /// After a lost connection the file counts as applied.
    LostIsApplied,
    /// The row says that a statement may be running only when it has run.
    InFlightTooLate,
    /// Nobody looks whether the server still works for a runner that is gone.
    BlindToLeftBehind,
    /// What is written into the row does not name what it expects there.
    NoWorkerInRow,
    /// A statement of which nobody can tell is run again.
    RerunInDoubt,
    /// A statement of which nobody can tell is taken for done.
    SkipInDoubt,
    /// Threads that waited for one that failed are told of a success.
    FollowersAreToldSuccess,
    /// A leader that panics leaves its duty behind.
    FlightOutlivesPanic,
}

impl Broken {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::NoLock,
        Self::NoRelock,
        Self::LockOutlivesItsOwner,
        Self::PlanBeforeLock,
        Self::RowBehindCommit,
        Self::LostIsApplied,
        Self::InFlightTooLate,
        Self::BlindToLeftBehind,
        Self::NoWorkerInRow,
        Self::RerunInDoubt,
        Self::SkipInDoubt,
        Self::FollowersAreToldSuccess,
        Self::FlightOutlivesPanic,
    ];
}
