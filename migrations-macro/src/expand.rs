use migrations_source::Migration;
use proc_macro2::{Literal, Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::load::Set;

/// The value as plain static data.
///
/// The `const` block makes the list static in every position. The gate of `run_once` stands behind a
/// function because a `const` that refers to it would itself count as mutable.
pub(crate) fn migrations(set: &Set) -> TokenStream {
    let migrations = set.migrations.iter().map(migration);
    let Set { digest, application, .. } = set;
    quote! {
        ::migrations_runtime::__private::migrations(
            const { &[#(#migrations),*] },
            #digest,
            #application,
            ::core::option::Option::None,
            || {
                static GATE: ::migrations_runtime::__private::Gate =
                    ::migrations_runtime::__private::Gate::new();
                &GATE
            },
        )
    }
}

fn migration(migration: &Migration) -> TokenStream {
    let Migration { version, name, path, shown, has_bom, sets_custom_settings, checksum } =
        migration;
    // A path that is no UTF-8 becomes a path that does not exist, which the compiler reports.
    let path = path.to_string_lossy();
    let text = quote!(::core::include_str!(#path));
    let sql =
        if *has_bom { quote!(::migrations_runtime::__private::without_bom(#text)) } else { text };
    let checksum = Literal::byte_string(checksum);
    quote! {
        ::migrations_runtime::__private::migration(::migrations_runtime::__private::Source {
            version: #version,
            name: #name,
            path: #shown,
            sql: #sql,
            checksum: *#checksum,
            statements: b"",
            sets_custom_settings: #sets_custom_settings,
            no_transaction: false,
            lock_timeout: ::core::option::Option::None,
            statement_timeout: ::core::option::Option::None,
            accepted: &[],
        })
    }
}

/// One compile error for each problem, and an empty value of the right type, so that a mistake in a
/// folder is not followed by errors about types.
pub(crate) fn problems(problems: &[String], span: Span) -> TokenStream {
    let errors = problems.iter().map(|problem| {
        // The line feed sets rustc's own arrow apart from ours.
        let text = format!("{problem}\n");
        quote_spanned!(span=> ::core::compile_error!(#text);)
    });
    let empty = migrations(&Set {
        migrations: Vec::new(),
        digest: String::new(),
        application: String::new(),
    });
    quote!({ #(#errors)* #empty })
}
