//! Connection URLs, as libpq and the `postgres` crate read them.

use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

pub(crate) fn over_socket(directory: &Path, port: u16, database: &str) -> String {
    let host = percent_encoded(directory.as_os_str().as_bytes());
    let database = percent_encoded(database.as_bytes());
    format!("postgresql:///{database}?host={host}&port={port}&user=postgres")
}

pub(crate) fn over_tcp(port: u16, database: &str) -> String {
    let database = percent_encoded(database.as_bytes());
    format!("postgresql://postgres@127.0.0.1:{port}/{database}")
}

fn percent_encoded(bytes: &[u8]) -> String {
    let mut text = String::new();
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            text.push(byte.into());
        } else {
            // Writing to a string cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_url_survives_any_directory_name() {
        assert_eq!(
            over_socket(Path::new("/tmp/a b&c/é"), 5432, "my db"),
            "postgresql:///my%20db?host=/tmp/a%20b%26c/%C3%A9&port=5432&user=postgres"
        );
    }

    #[test]
    fn a_tcp_url_names_the_loopback_address() {
        assert_eq!(over_tcp(1234, "app"), "postgresql://postgres@127.0.0.1:1234/app");
    }
}
