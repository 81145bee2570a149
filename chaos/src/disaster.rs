use std::fmt;
use std::str::FromStr;

/// What befalls the processes of a round, their connections, or the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Disaster {
    /// Nothing: several processes start, and all must succeed.
    None,
    /// Processes are killed by SIGKILL.
    Kill,
    /// Processes are stopped by SIGSTOP, and go on later.
    Pause,
    /// Connections are closed at a byte, in both directions.
    Cut,
    /// Connections stand still at a byte, and go on later.
    Delay,
    /// Connections say nothing more from a byte on, in one direction or in both, and are closed later.
    Silence,
    /// An administrator ends sessions, by `pg_terminate_backend`.
    Terminate,
    /// An administrator cancels statements, by `pg_cancel_backend`.
    Cancel,
    /// A server process is killed by SIGKILL, whereupon the server ends all sessions and recovers.
    BackendCrash,
    /// The server is shut down at once and started again.
    Restart,
    /// The postmaster is killed by SIGKILL, and a new one started.
    Crash,
    /// The server's disk is full for a while.
    DiskFull,
    /// The database has a short `statement_timeout`.
    StatementTimeout,
    /// The database has a short `idle_in_transaction_session_timeout`, and connections are slow.
    IdleTimeout,
    /// `max_connections` is reached for a while.
    MaxConnections,
}

impl Disaster {
    /// All, in the order of the summary.
    pub const ALL: [Self; 15] = [
        Self::None,
        Self::Kill,
        Self::Pause,
        Self::Cut,
        Self::Delay,
        Self::Silence,
        Self::Terminate,
        Self::Cancel,
        Self::BackendCrash,
        Self::Restart,
        Self::Crash,
        Self::DiskFull,
        Self::StatementTimeout,
        Self::IdleTimeout,
        Self::MaxConnections,
    ];

    /// Its name on the command line and in the summary.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Kill => "kill",
            Self::Pause => "pause",
            Self::Cut => "cut",
            Self::Delay => "delay",
            Self::Silence => "silence",
            Self::Terminate => "terminate",
            Self::Cancel => "cancel",
            Self::BackendCrash => "backend-crash",
            Self::Restart => "restart",
            Self::Crash => "crash",
            Self::DiskFull => "disk-full",
            Self::StatementTimeout => "statement-timeout",
            Self::IdleTimeout => "idle-timeout",
            Self::MaxConnections => "max-connections",
        }
    }

    /// Whether it takes time only, so that every process must succeed all the same.
    #[must_use]
    pub fn is_harmless(self) -> bool {
        matches!(self, Self::None | Self::Pause | Self::Delay)
    }

    /// Whether the server goes down, or may, without a checkpoint.
    #[must_use]
    pub fn crashes_server(self) -> bool {
        matches!(self, Self::BackendCrash | Self::Restart | Self::Crash | Self::DiskFull)
    }
}

impl fmt::Display for Disaster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Disaster {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|disaster| disaster.name() == name).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("no such disaster; there are: {names}")
        })
    }
}
