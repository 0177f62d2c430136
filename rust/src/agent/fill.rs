//! Texts with places to fill, such as `<tool_call>{{CALL}}</tool_call>`.

/// Appends `text` to `out` with each `{{NAME}}` for which `value` has something filled in. One pass:
/// what was filled in is not searched.
pub(super) fn fill(text: &str, out: &mut String, mut value: impl FnMut(&str, &mut String) -> bool) {
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let Some(length) = rest[start + 2..].find("}}") else { break };
        let end = start + 2 + length;
        out.push_str(&rest[..start]);
        if value(&rest[start + 2..end], out) {
            rest = &rest[end + 2..];
        } else {
            // The braces may open a name one further on.
            out.push('{');
            rest = &rest[start + 1..];
        }
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_known_names_in_one_pass() {
        let mut out = String::new();
        fill("a{{X}}{{Y}}{{{X}}}{{X", &mut out, |name, out| {
            out.push_str(if name == "X" { "{{X}}" } else { "" });
            name == "X"
        });
        assert_eq!(out, "a{{X}}{{Y}}{{{X}}}{{X");
    }
}
