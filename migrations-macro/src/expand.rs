//! What the macro becomes, as text: the compiler's own lexer makes tokens of it much faster than a
//! macro, which is compiled without optimization, can make them one by one.

use migrations_source::{Directives, Effect, Kind, Migration, Part, Place, Step};

use crate::load::{Refusal, Set};

/// What the macro becomes.
pub(crate) struct Expansion {
    /// Statements that are shown where the folder is named: errors and warnings.
    pub(crate) messages: String,
    /// Statements before the value.
    pub(crate) statements: String,
    pub(crate) value: String,
}

/// The value as plain static data, with a warning for each thing to be said.
pub(crate) fn migrations(set: &Set) -> Expansion {
    // The compiler reads the file again when it changes, and it changes with the list of files.
    let lock = set.lock.as_ref().map(|path| {
        let path = path.to_string_lossy();
        format!("const _: &::core::primitive::str = ::core::include_str!({path:?});")
    });
    Expansion {
        messages: warnings(&set.warnings),
        statements: lock.unwrap_or_default(),
        value: value(set),
    }
}

/// One compile error for each problem, and an empty value of the right type, so that a mistake in a
/// folder is not followed by errors about types.
pub(crate) fn refusal(refusal: &Refusal) -> Expansion {
    let errors = refusal.errors.iter().map(|error| {
        let text = with_space(error);
        format!("::core::compile_error!({text:?});")
    });
    Expansion {
        messages: errors.collect::<String>() + &warnings(&refusal.warnings),
        statements: String::new(),
        value: value(&Set::default()),
    }
}

/// A macro has no warning of its own on stable Rust: it uses something that is deprecated.
fn warnings(warnings: &[String]) -> String {
    let warning = |warning: &String| {
        let text = with_space(warning);
        format!(
            "{{ #[deprecated(note = {text:?})] const MIGRATION_WARNING: () = (); \
                let _: () = MIGRATION_WARNING; }}"
        )
    };
    warnings.iter().map(warning).collect()
}

/// The line feed sets rustc's own arrow apart from ours.
fn with_space(text: &str) -> String {
    format!("{text}\n")
}

/// All that the output names of the runtime.
const PRIVATE: &str = "::migrations_runtime::__private";

/// The `const` block makes the list static in every position. The gate of `run_once` stands behind a
/// function because a `const` that refers to it would itself count as mutable.
fn value(set: &Set) -> String {
    let [migrations, repeatables] =
        [&set.migrations, &set.repeatables].map(|files| slice(files.iter().map(migration)));
    let Set { digest, application, .. } = set;
    let folder = set.folder.to_string_lossy();
    format!(
        "{PRIVATE}::migrations(
            {migrations}, {repeatables}, {digest:?}, {application:?},
            const {{
                if ::core::cfg!(debug_assertions) {{
                    ::core::option::Option::Some({PRIVATE}::Folder::new({folder:?}))
                }} else {{
                    ::core::option::Option::None
                }}
            }},
            || {{
                static GATE: {PRIVATE}::Gate = {PRIVATE}::Gate::new();
                &GATE
            }},
        )"
    )
}

/// What most files do not have is left out.
fn migration(migration: &Migration) -> String {
    let Migration { version, name, shown, sets_custom_settings, .. } = migration;
    let sql = sql(migration);
    let checksum = byte_string(&migration.checksum);
    let statements = statements(&migration.statements);
    let rare = rare(migration);
    format!(
        "{PRIVATE}::migration({PRIVATE}::Source {{
            version: {version}, name: {name:?}, path: {shown:?}, sql: {sql}, checksum: *{checksum},
            statements: {statements}, sets_custom_settings: {sets_custom_settings}, {rare}
            ..{PRIVATE}::Source::EMPTY
        }})"
    )
}

fn rare(migration: &Migration) -> String {
    let Directives { lock_timeout, statement_timeout, accepted, .. } = &migration.directives;
    let accepted = accepted.iter().map(|checksum| format!("*{}", byte_string(checksum)));
    let down = migration.down.as_deref().map(self::migration);
    let fields = [
        ("kind", kind(migration.kind)),
        ("parts", parts(&migration.parts)),
        ("one_by_one", one_by_one(migration)),
        ("lock_timeout", lock_timeout.map(|it| some(&it.to_string()))),
        ("statement_timeout", statement_timeout.map(|it| some(&it.to_string()))),
        ("accepted", (accepted.len() > 0).then(|| slice(accepted))),
        ("down", down.map(|down| some(&format!("const {{ &{down} }}")))),
    ];
    let given = fields.into_iter().filter_map(|(name, value)| Some(format!("{name}: {},", value?)));
    given.collect()
}

fn kind(kind: Kind) -> Option<String> {
    let kind = match kind {
        Kind::Versioned => return None,
        Kind::Down => "Down",
        Kind::Repeatable => "Repeatable",
    };
    Some(format!("{PRIVATE}::Kind::{kind}"))
}

fn sql(migration: &Migration) -> String {
    // A path that is no UTF-8 becomes a path that does not exist, which the compiler reports.
    let path = migration.path.to_string_lossy();
    let text = format!("::core::include_str!({path:?})");
    if migration.has_bom { format!("{PRIVATE}::without_bom({text})") } else { text }
}

/// Three numbers for each, see `Source` in the runtime. As one literal, which costs the compiler
/// nothing where files have thousands of statements.
fn statements(places: &[Place]) -> String {
    numbers(places.iter().flat_map(|Place { range, line }| [range.start, range.end, *line]))
}

/// Four numbers for each, see `Parts` in the runtime.
fn parts(parts: &[Part]) -> Option<String> {
    let of_part = |Part { sql, data }: &Part| {
        let data = data.clone().unwrap_or_default();
        [sql.start, sql.end, data.start, data.end]
    };
    let places = numbers(parts.iter().flat_map(of_part));
    (!parts.is_empty()).then(|| some(&format!("{PRIVATE}::Parts::new({places})")))
}

/// A longer text than 4 bytes can count could not be sent to a server.
fn numbers(numbers: impl Iterator<Item = usize>) -> String {
    let mut bytes = Vec::new();
    for number in numbers {
        bytes.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
    }
    byte_string(&bytes)
}

fn one_by_one(Migration { steps, directives, .. }: &Migration) -> Option<String> {
    let (steps, batch) = (slice(steps.iter().map(step)), option(batch(directives)));
    let one_by_one = || some(&format!("{PRIVATE}::OneByOne::new({steps}, {batch})"));
    directives.are_one_by_one().then(one_by_one)
}

fn step(step: &Step) -> String {
    let checksum = byte_string(&step.checksum);
    let effect = effect(&step.effect);
    format!("{PRIVATE}::Step {{ checksum: *{checksum}, effect: {PRIVATE}::Effect::{effect} }}")
}

/// As `Debug` prints it, but for the paths of `Option`.
fn effect(effect: &Effect) -> String {
    match effect {
        Effect::Setting { until } => {
            let until = option(until.map(|until| until.to_string()));
            format!("Setting {{ until: {until} }}")
        }
        Effect::CreateIndex { index, table } => {
            let index = option(index.as_ref().map(|index| format!("{index:?}")));
            format!("CreateIndex {{ index: {index}, table: {table:?} }}")
        }
        Effect::Reindex { relation } => {
            let relation = option(relation.as_ref().map(|relation| format!("{relation:?}")));
            format!("Reindex {{ relation: {relation} }}")
        }
        effect => format!("{effect:?}"),
    }
}

fn batch(directives: &Directives) -> Option<String> {
    let pause = directives.batch_pause.unwrap_or_default();
    let rate = directives.batch_rate.unwrap_or_default();
    let batch = || format!("{PRIVATE}::Batch {{ pause: {pause}, rate: {rate} }}");
    directives.batch.then(batch)
}

fn option(value: Option<String>) -> String {
    value.map_or_else(|| "::core::option::Option::None".into(), |value| some(&value))
}

fn some(value: &str) -> String {
    format!("::core::option::Option::Some({value})")
}

fn slice(elements: impl Iterator<Item = String>) -> String {
    let mut slice = String::from("const { &[");
    for element in elements {
        slice += &element;
        slice += ",";
    }
    slice + "] }"
}

fn byte_string(bytes: &[u8]) -> String {
    format!("b\"{}\"", bytes.escape_ascii())
}
