use proc_macro::{Delimiter, Group, LexError, Span, TokenStream, TokenTree};

use crate::expand::Expansion;

/// The tokens of an expansion, of which the messages stand at `span`.
pub(crate) fn tokens(expansion: &Expansion, span: Span) -> TokenStream {
    let Expansion { messages, statements, value } = expansion;
    let [messages, statements, value] = [messages, statements, value].map(|text| lex(text));
    let inside = TokenStream::from_iter([at(span, messages), statements, value]);
    TokenTree::from(Group::new(Delimiter::Brace, inside)).into()
}

fn lex(text: &str) -> TokenStream {
    let refuse =
        |error: LexError| syn::Error::new(Span::call_site().into(), error).into_compile_error();
    text.parse().unwrap_or_else(|error| refuse(error).into())
}

fn at(span: Span, tokens: TokenStream) -> TokenStream {
    tokens.into_iter().map(|token| token_at(span, token)).collect()
}

fn token_at(span: Span, token: TokenTree) -> TokenTree {
    let mut token = match token {
        TokenTree::Group(group) => {
            TokenTree::from(Group::new(group.delimiter(), at(span, group.stream())))
        }
        token => token,
    };
    token.set_span(span);
    token
}
