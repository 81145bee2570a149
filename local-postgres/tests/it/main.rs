//! Real servers, real processes.

#[cfg(test)]
mod process;
#[cfg(test)]
mod scratch;
#[cfg(test)]
mod session;

#[cfg(test)]
mod binaries;
#[cfg(test)]
mod pooler;
#[cfg(test)]
mod shared;
#[cfg(test)]
mod temporary;
#[cfg(test)]
mod watch;
