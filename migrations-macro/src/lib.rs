//! The proc-macro door of `migrations-runtime`, which re-exports and documents `embed_migrations!`.
//! An implementation detail; depend on that crate instead.

mod expand;
mod input;
mod load;
mod tokens;

use proc_macro::TokenStream;

/// See `migrations_runtime::embed_migrations`.
#[proc_macro]
pub fn embed_migrations(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as input::Input);
    let expansion = match load::load(&input) {
        Ok(set) => expand::migrations(&set),
        Err(refusal) => expand::refusal(&refusal),
    };
    tokens::tokens(&expansion, input.span().unwrap())
}
