use migrations_source::{Directives, Effect, Kind, Migration, Part, Place, Step};
use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use crate::load::{Refusal, Set};

/// The value as plain static data, with a warning before it for each thing to be said.
pub(crate) fn migrations(set: &Set, span: Span) -> TokenStream {
    let value = value(set);
    if set.lock.is_none() && set.warnings.is_empty() {
        return value;
    }
    let warnings = warnings(&set.warnings, span);
    // The compiler reads the file again when it changes, and it changes with the list of files.
    let lock = set.lock.as_ref().map(|path| {
        let path = path.to_string_lossy();
        quote!(
            const _: &::core::primitive::str = ::core::include_str!(#path);
        )
    });
    quote!({ #lock #(#warnings)* #value })
}

/// The `const` block makes the list static in every position. The gate of `run_once` stands behind a
/// function because a `const` that refers to it would itself count as mutable.
fn value(set: &Set) -> TokenStream {
    let [migrations, repeatables] = [&set.migrations, &set.repeatables]
        .map(|files| files.iter().map(migration).collect::<Vec<_>>());
    let Set { digest, application, .. } = set;
    let folder = set.folder.to_string_lossy();
    quote! {
        ::migrations_runtime::__private::migrations(
            const { &[#(#migrations),*] },
            const { &[#(#repeatables),*] },
            #digest,
            #application,
            const {
                if ::core::cfg!(debug_assertions) {
                    ::core::option::Option::Some(
                        ::migrations_runtime::__private::Folder::new(#folder)
                    )
                } else {
                    ::core::option::Option::None
                }
            },
            || {
                static GATE: ::migrations_runtime::__private::Gate =
                    ::migrations_runtime::__private::Gate::new();
                &GATE
            },
        )
    }
}

fn migration(migration: &Migration) -> TokenStream {
    let Migration { version, name, shown, sets_custom_settings, directives, .. } = migration;
    let Directives { lock_timeout, statement_timeout, accepted, .. } = directives;
    let kind = kind(migration.kind);
    let sql = sql(migration);
    let checksum = Literal::byte_string(&migration.checksum);
    let statements = Literal::byte_string(&statements(&migration.statements));
    let parts = parts(&migration.parts);
    let one_by_one = one_by_one(migration);
    let [lock_timeout, statement_timeout] = [*lock_timeout, *statement_timeout].map(option);
    let accepted = accepted.iter().map(|checksum| Literal::byte_string(checksum));
    let down = migration.down.as_deref().map(self::migration);
    let down = option(down.map(|down| quote!(const { &#down })));
    quote! {
        ::migrations_runtime::__private::migration(::migrations_runtime::__private::Source {
            kind: ::migrations_runtime::__private::Kind::#kind,
            version: #version,
            name: #name,
            path: #shown,
            sql: #sql,
            checksum: *#checksum,
            statements: #statements,
            sets_custom_settings: #sets_custom_settings,
            parts: #parts,
            one_by_one: #one_by_one,
            lock_timeout: #lock_timeout,
            statement_timeout: #statement_timeout,
            accepted: const { &[#(*#accepted),*] },
            down: #down,
        })
    }
}

fn kind(kind: Kind) -> TokenStream {
    match kind {
        Kind::Versioned => quote!(Versioned),
        Kind::Down => quote!(Down),
        Kind::Repeatable => quote!(Repeatable),
    }
}

fn sql(migration: &Migration) -> TokenStream {
    // A path that is no UTF-8 becomes a path that does not exist, which the compiler reports.
    let path = migration.path.to_string_lossy();
    let text = quote!(::core::include_str!(#path));
    if migration.has_bom {
        quote!(::migrations_runtime::__private::without_bom(#text))
    } else {
        text
    }
}

/// Three numbers for each, see `Source` in the runtime. As one literal, which costs the compiler
/// nothing where files have thousands of statements.
fn statements(places: &[Place]) -> Vec<u8> {
    bytes(places.iter().flat_map(|Place { range, line }| [range.start, range.end, *line]))
}

/// Four numbers for each, see `Parts` in the runtime.
fn parts(parts: &[Part]) -> TokenStream {
    let places = parts.iter().flat_map(|Part { sql, data }| {
        let data = data.clone().unwrap_or_default();
        [sql.start, sql.end, data.start, data.end]
    });
    let places = Literal::byte_string(&bytes(places));
    let is_apart = !parts.is_empty();
    option(is_apart.then(|| quote!(::migrations_runtime::__private::Parts::new(#places))))
}

/// A longer text than 4 bytes can count could not be sent to a server.
fn bytes(numbers: impl Iterator<Item = usize>) -> Vec<u8> {
    numbers.flat_map(|number| u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes()).collect()
}

fn one_by_one(Migration { steps, directives, .. }: &Migration) -> TokenStream {
    let steps = steps.iter().map(step);
    let batch = batch(directives);
    option(directives.are_one_by_one().then(|| {
        quote! {
            ::migrations_runtime::__private::OneByOne::new(const { &[#(#steps),*] }, #batch)
        }
    }))
}

fn step(step: &Step) -> TokenStream {
    let checksum = Literal::byte_string(&step.checksum);
    let effect = effect(&step.effect);
    quote! {
        ::migrations_runtime::__private::Step {
            checksum: *#checksum,
            effect: ::migrations_runtime::__private::Effect::#effect,
        }
    }
}

fn effect(effect: &Effect) -> TokenStream {
    match effect {
        Effect::Transactional => quote!(Transactional),
        Effect::Setting { until } => {
            let until = option(*until);
            quote!(Setting { until: #until })
        }
        Effect::CreateIndex { index, table } => {
            let index = option(index.as_ref());
            quote!(CreateIndex { index: #index, table: #table })
        }
        Effect::DropIndex { index } => quote!(DropIndex { index: #index }),
        Effect::Reindex { relation } => {
            let relation = option(relation.as_ref());
            quote!(Reindex { relation: #relation })
        }
        Effect::DetachPartition { table, partition } => {
            quote!(DetachPartition { table: #table, partition: #partition })
        }
        Effect::CreateDatabase { name } => quote!(CreateDatabase { name: #name }),
        Effect::DropDatabase { name } => quote!(DropDatabase { name: #name }),
        Effect::CreateTablespace { name } => quote!(CreateTablespace { name: #name }),
        Effect::DropTablespace { name } => quote!(DropTablespace { name: #name }),
        Effect::Repeatable => quote!(Repeatable),
        Effect::Opaque => quote!(Opaque),
        Effect::Unknown => quote!(Unknown),
    }
}

fn batch(directives: &Directives) -> TokenStream {
    let pause = directives.batch_pause.unwrap_or_default();
    let rate = directives.batch_rate.unwrap_or_default();
    option(
        directives
            .batch
            .then(|| quote!(::migrations_runtime::__private::Batch { pause: #pause, rate: #rate })),
    )
}

fn option(value: Option<impl ToTokens>) -> TokenStream {
    value.map_or_else(
        || quote!(::core::option::Option::None),
        |value| quote!(::core::option::Option::Some(#value)),
    )
}

/// One compile error for each problem, and an empty value of the right type, so that a mistake in a
/// folder is not followed by errors about types.
pub(crate) fn refusal(refusal: &Refusal, span: Span) -> TokenStream {
    let errors = refusal.errors.iter().map(|error| {
        let text = with_space(error);
        quote_spanned!(span=> ::core::compile_error!(#text);)
    });
    let warnings = warnings(&refusal.warnings, span);
    let empty = value(&Set::default());
    quote!({ #(#errors)* #(#warnings)* #empty })
}

/// A macro has no warning of its own on stable Rust: it uses something that is deprecated.
fn warnings(warnings: &[String], span: Span) -> impl Iterator<Item = TokenStream> {
    warnings.iter().map(move |warning| {
        let text = with_space(warning);
        quote_spanned! {span=>
            {
                #[deprecated(note = #text)]
                const MIGRATION_WARNING: () = ();
                let _: () = MIGRATION_WARNING;
            }
        }
    })
}

/// The line feed sets rustc's own arrow apart from ours.
fn with_space(text: &str) -> String {
    format!("{text}\n")
}
