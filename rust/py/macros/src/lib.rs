//! `#[guarded]`, for everything that Python calls.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Block, Error, ImplItem, Item, Result, ReturnType, Signature, parse_quote};

/// Turn panics into `swiftcore.InternalError`.
///
/// Goes before `#[pymethods]` or `#[pyfunction]`. The body of each function runs in `crate::errors::guard`, and the
/// function returns a `PyResult` of what it returned before. Without this, pyo3 raises its `PanicException`, which is not
/// an `Exception` and ends the interpreter.
#[proc_macro_attribute]
pub fn guarded(_: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    syn::parse(item).and_then(guard_item).unwrap_or_else(Error::into_compile_error).into()
}

fn guard_item(mut item: Item) -> Result<TokenStream> {
    match &mut item {
        Item::Fn(function) => guard(&mut function.sig, &mut function.block)?,
        Item::Impl(block) => {
            for item in &mut block.items {
                match item {
                    ImplItem::Fn(function) => guard(&mut function.sig, &mut function.block)?,
                    // A macro could hide a function.
                    other => return Err(Error::new_spanned(other, "expected a function")),
                }
            }
        }
        other => return Err(Error::new_spanned(other, "expected a function or an impl")),
    }
    Ok(item.into_token_stream())
}

fn guard(signature: &mut Signature, block: &mut Block) -> Result<()> {
    if let Some(asyncness) = signature.asyncness {
        return Err(Error::new_spanned(asyncness, "expected a function that is not async"));
    }
    let returned = match &signature.output {
        ReturnType::Default => quote!(()),
        ReturnType::Type(_, returned) => returned.to_token_stream(),
    };
    if returned.to_string().starts_with("PyResult") {
        *block = parse_quote!({ crate::errors::guard(move || -> #returned #block) });
    } else {
        *block = parse_quote!({ crate::errors::guard_value(move || -> #returned #block) });
        signature.output = parse_quote!(-> ::pyo3::PyResult<#returned>);
    }
    Ok(())
}
