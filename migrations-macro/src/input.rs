use proc_macro2::Span;
use syn::parse::{Parse, ParseStream};
use syn::{LitStr, Result, Token};

/// What stands between the macro's parentheses: nothing, or the folder.
pub(crate) struct Input(Option<LitStr>);

impl Input {
    pub(crate) fn folder(&self) -> Option<String> {
        self.0.as_ref().map(LitStr::value)
    }

    /// Where problems of the folder are shown.
    pub(crate) fn span(&self) -> Span {
        self.0.as_ref().map_or_else(Span::call_site, LitStr::span)
    }
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.is_empty() {
            return Ok(Self(None));
        }
        let folder = input.parse().map_err(|error| {
            syn::Error::new(error.span(), "expected the folder as a string literal, or nothing")
        })?;
        input.parse::<Option<Token![,]>>()?;
        if input.is_empty() {
            Ok(Self(Some(folder)))
        } else {
            Err(input.error("expected nothing after the folder"))
        }
    }
}
