use std::io::Write as _;

use migrations_source::Part;
use postgres::Client;
use postgres::error::SqlState;

use super::Server;

/// Each with what the table holds afterwards.
const COPIES: [(&str, &str); 5] = [
    ("COPY t FROM STDIN;\n1\t2\n3\t4\n\\.\n", "1 2,3 4"),
    ("SELECT 1; -- a\nCOPY t (id) FROM stdin WITH (FORMAT csv); -- b\n1\n\\.\nSELECT 2", "1 "),
    (
        "\\restrict x\nCOPY t FROM STDIN;\r\n1\t\\N\r\n\\.\r\nDELETE FROM t;\n\\unrestrict x\n",
        "NULL",
    ),
    ("COPY t FROM STDIN;\n\\.\nCOPY t FROM STDIN CSV;\n1,2\n\\.\n", "1 2"),
    ("COPY t FROM STDOUT WHERE (id > 1);\n1\t2\n3\t4\n\\.", "3 4"),
];

#[test]
fn what_is_sent_in_parts_is_taken() {
    let server = Server::new("copies");
    for (text, expected) in COPIES {
        let folder = server.read(text);
        assert_eq!(folder.problems, [], "{text}");
        let mut client = server.database.client();
        for part in &folder.migrations[0].parts {
            send(&mut client, text, part).unwrap();
        }
        let rows = "string_agg(concat_ws(' ', id, coalesce(a::text, '')), ',' ORDER BY id)";
        assert_eq!(server.database.value(&format!("SELECT {rows} FROM t")), expected, "{text}");
        server.database.execute("TRUNCATE t");
    }
}

#[test]
fn data_that_are_no_text_are_refused() {
    let server = Server::new("binary");
    for copy in [
        "COPY BINARY t FROM STDIN",
        "COPY t FROM STDIN BINARY",
        "COPY t FROM STDIN WITH BINARY",
        "COPY t FROM STDIN (FORMAT binary)",
        "COPY t (id) FROM STDIN WITH (FREEZE off, format 'binary')",
    ] {
        let text = format!("{copy};\n1\t2\n\\.\n");
        assert_eq!(server.found(&text), ["copy-from-stdin"], "{copy}");
        let part = Part { sql: 0..copy.len(), data: Some(copy.len() + 2..copy.len() + 6) };
        let error = send(&mut server.database.client(), &text, &part).unwrap_err();
        // The signature is missing.
        assert_eq!(error.code().map(SqlState::code), Some("22P04"), "{copy}");
    }
}

fn send(client: &mut Client, text: &str, part: &Part) -> Result<(), postgres::Error> {
    let sql = &text[part.sql.clone()];
    let Some(data) = part.data.clone() else { return client.batch_execute(sql) };
    let mut writer = client.copy_in(sql)?;
    writer.write_all(text[data].as_bytes()).unwrap();
    writer.finish().map(|_| ())
}
