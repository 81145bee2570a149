//! What the macro embeds, and where it can stand.

use std::path::Path;

use migrations_runtime::__private::{Batch, Effect, OneByOne, Parts, Source, Step, migration};
use migrations_runtime::{Kind, Migration, Migrations, embed_migrations};
use migrations_tests::{SETS, TestDatabase, by_hand, by_name};

use crate::texts::set_of;

static IN_A_STATIC: Migrations = embed_migrations!("fixtures/base");
const IN_A_CONST: Migrations = embed_migrations!("fixtures/base");

#[test]
fn stands_in_static_const_and_expression_position() {
    let in_an_expression = embed_migrations!("fixtures/base");
    let sets = [&IN_A_STATIC, &IN_A_CONST, &in_an_expression, &embed_migrations!("fixtures/base")];
    for set in sets {
        let versions: Vec<_> = set.iter().map(Migration::version).collect();
        assert_eq!(versions, [1, 2, 4]);
    }
}

#[test]
fn embeds_what_lies_in_the_folder() {
    for (folder, embedded) in SETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).canonicalize().unwrap();
        let read = migrations_source::read(&folder).migrations;
        assert_eq!(read.len(), embedded.iter().len());
        for (read, embedded) in read.iter().zip(embedded.iter()) {
            assert_eq!((read.version, read.name.as_str()), (embedded.version(), embedded.name()));
            assert_eq!(&read.checksum, embedded.checksum().as_bytes());
            let text = std::fs::read_to_string(&read.path).unwrap();
            assert_eq!(text.trim_start_matches('\u{feff}'), embedded.sql());
        }
    }
}

#[test]
fn embeds_where_each_statement_stands() {
    let base = by_name("base").iter();
    let texts = base.map(|m| m.statements().map(|s| (s.line(), s.text())).collect::<Vec<_>>());
    let [create, increment, notes] = texts.collect::<Vec<_>>().try_into().unwrap();
    let of_create =
        [(1, "CREATE TABLE counter (n integer NOT NULL)"), (2, "INSERT INTO counter VALUES (0)")];
    assert_eq!(create, of_create);
    assert_eq!(increment, [(2, "UPDATE counter SET n = n + 1")]);
    assert_eq!(notes.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 3, 5, 14]);
    for migration in SETS.iter().flat_map(|(_, set)| set) {
        assert!(migration.statements().next().is_some(), "{migration:?}");
        assert!(migration.statements().all(|s| &migration.sql()[s.range()] == s.text()));
    }
}

static EVERY_KIND: Migrations = embed_migrations!("ui/fixtures/ui/every-kind");

/// What is known of one of its files, but for what a test is about.
fn source(file: usize) -> Source {
    source_of(EVERY_KIND.iter().nth(file).unwrap())
}

fn source_of(file: &Migration) -> Source {
    let numbers = file
        .statements()
        .flat_map(|it| [it.range().start, it.range().end, usize::try_from(it.line()).unwrap()]);
    Source {
        kind: file.kind(),
        version: file.version(),
        name: file.name(),
        path: file.path(),
        sql: file.sql(),
        checksum: *file.checksum().as_bytes(),
        statements: bytes(numbers),
        down: file.down(),
        ..Source::EMPTY
    }
}

fn bytes(numbers: impl Iterator<Item = usize>) -> &'static [u8] {
    let bytes = numbers.flat_map(|number| u32::try_from(number).unwrap().to_le_bytes());
    bytes.collect::<Vec<_>>().leak()
}

#[track_caller]
fn is_embedded(file: usize, source: Source) {
    assert!(*EVERY_KIND.iter().nth(file).unwrap() == migration(source), "{source:?}");
}

#[test]
fn embeds_in_which_parts_a_file_is_sent() {
    let source = source(0);
    let find = |text: &str| source.sql.find(text).unwrap();
    let copy = "COPY public.first (a, b) FROM stdin";
    let (first, second) = (find(copy), source.sql.rfind(copy).unwrap());
    let ends: Vec<_> = source.sql.match_indices("\\.").map(|(at, _)| at).collect();
    let parts = [
        [find("\\restrict") + "\\restrict 0123456789".len(), first, 0, 0],
        [first, first + copy.len(), find("1\tit's"), ends[0]],
        [second, second + copy.len(), ends[1], ends[1]],
        [ends[1] + 2, find("\\unrestrict"), 0, 0],
    ];
    let sets_custom_settings = true;
    is_embedded(
        0,
        Source {
            parts: Some(Parts::new(bytes(parts.into_iter().flatten()))),
            sets_custom_settings,
            ..source
        },
    );
}

#[test]
fn embeds_what_reverts_and_what_is_applied_again() {
    let down = EVERY_KIND.iter().next().unwrap().down().unwrap();
    assert_eq!((down.kind(), down.version(), down.name()), (Kind::Down, 1, "dump"));
    assert_eq!(
        (down.file_name(), down.sql()),
        ("0001_dump.down.sql", "DROP TABLE public.first;\n")
    );
    assert!(*down == migration(source_of(down)));

    let [first, second] = EVERY_KIND.repeatables().collect::<Vec<_>>().try_into().unwrap();
    for (object, name) in [(first, "b_view"), (second, "a_view")] {
        assert_eq!((object.kind(), object.version(), object.name()), (Kind::Repeatable, 0, name));
        assert_eq!(object.file_name(), format!("repeatable/{name}.sql"));
    }
    assert!(*first == migration(Source { lock_timeout: Some(2000), ..source_of(first) }));
    assert!(second.sql().starts_with("-- migrations: after=b_view"), "{}", second.sql());
}

#[test]
fn texts_of_tests_are_read_as_the_macro_reads_files() {
    for name in ["revertible", "repeatable"] {
        let embedded = by_name(name);
        let all = |set: &Migrations| {
            let files = set.iter().flat_map(|it| [Some(it), it.down()]).flatten();
            files.chain(set.repeatables()).copied().collect::<Vec<_>>()
        };
        let files = all(embedded);
        let texts: Vec<_> = files.iter().map(|it| (it.file_name(), it.sql())).collect();
        let told = |it: &Migration| (it.kind(), it.file_name(), it.name(), it.checksum());
        let read = all(&set_of(&texts));
        assert_eq!(
            read.iter().map(told).collect::<Vec<_>>(),
            files.iter().map(told).collect::<Vec<_>>()
        );
    }
}

#[test]
fn embeds_batches() {
    let source = source(1);
    let steps = [Step { checksum: source.checksum, effect: Effect::Transactional }];
    let batch = Some(Batch { pause: 100, rate: 5000 });
    let one_by_one = Some(OneByOne::new(steps.to_vec().leak(), batch));
    is_embedded(1, Source { one_by_one, ..source });
}

#[test]
fn embeds_what_each_step_leaves() {
    let read = migrations_source::read(Path::new("ui/fixtures/ui/every-kind"));
    let effects = [
        Effect::Setting { until: None },
        Effect::CreateIndex { index: Some("first_a"), table: "public.first" },
        Effect::CreateIndex { index: None, table: "\"first\"" },
        Effect::DropIndex { index: "first_a" },
        Effect::Reindex { relation: Some("first") },
        Effect::DetachPartition { table: "first", partition: "part" },
        Effect::CreateDatabase { name: "one" },
        Effect::DropDatabase { name: "one" },
        Effect::CreateTablespace { name: "fast" },
        Effect::DropTablespace { name: "fast" },
        Effect::Repeatable,
        Effect::Opaque,
        Effect::Unknown,
        Effect::Transactional,
    ];
    let checksums = read.migrations[2].steps.iter().map(|step| step.checksum);
    let steps = checksums.zip(effects).map(|(checksum, effect)| Step { checksum, effect });
    let source = source(2);
    let copy = source.sql.find("COPY first").unwrap();
    let end = copy + "COPY first FROM STDIN".len();
    let (data, last) = (end + ";\n".len(), source.sql.find("\\.").unwrap());
    is_embedded(
        2,
        Source {
            parts: Some(Parts::new(bytes([0, copy, 0, 0, copy, end, data, last].into_iter()))),
            one_by_one: Some(OneByOne::new(steps.collect::<Vec<_>>().leak(), None)),
            ..source
        },
    );
}

#[test]
fn embeds_directives() {
    let database = TestDatabase::new();
    by_name("directives").run(&database.pool(1)).unwrap();
    assert_eq!(database.value("SELECT timeouts FROM seen"), "1234ms 10min");

    let database = TestDatabase::new();
    by_hand(&["SELECT 1"]).run(&database.pool(1)).unwrap();
    let report = by_name("directives").run(&database.pool(1)).unwrap();
    assert_eq!(report.older_texts()[0].1.as_bytes(), &[1; 32]);

    let set = by_name("no-transaction");
    assert!(set.iter().map(Migration::is_transactional).eq([true, false]));
}

#[cfg(debug_assertions)]
#[test]
fn embeds_the_folder_s_place_in_builds_with_debug_assertions() {
    for (_, set) in SETS {
        set.assert_fresh();
    }
}

#[cfg(not(debug_assertions))]
#[test]
fn embeds_no_folder_s_place_in_other_builds() {
    for (folder, set) in SETS {
        assert!(std::panic::catch_unwind(|| set.assert_fresh()).is_err(), "{folder}");
    }
}

#[test]
fn without_an_argument_it_takes_the_folder_at_the_workspace_root() {
    static EXAMPLE: Migrations = embed_migrations!();
    let first = EXAMPLE.iter().next().unwrap();
    assert_eq!(first.path(), "migrations/0000_baseline.sql");
    assert_eq!(first.file_name(), "0000_baseline.sql");
}

#[test]
fn a_caller_inside_of_a_tokio_runtime_gets_its_result() {
    let database = TestDatabase::new();
    let pool = database.pool(1);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let report = runtime.block_on(async { IN_A_STATIC.run(&pool) });
    assert_eq!(report.unwrap().applied().len(), 3);
    let report = runtime.block_on(async { IN_A_CONST.run_once(&pool) });
    assert_eq!(report.unwrap().skipped().len(), 3);
}
