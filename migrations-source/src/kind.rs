use std::fmt;

/// What a file is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// `VERSION_name.sql`: applied once, in order.
    #[default]
    Versioned,
    /// `VERSION_name.down.sql`: reverts the migration of the same version and name.
    Down,
    /// `repeatable/NAME.sql`: applied after the migrations, whenever it has changed.
    Repeatable,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Versioned => "migration",
            Self::Down => "down file",
            Self::Repeatable => "repeatable object",
        })
    }
}
