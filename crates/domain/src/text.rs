//! Pieces of foreign text for error messages.

/// How many characters of a refused text an error repeats.
const EXCERPT_CHARACTERS: usize = 40;

/// The beginning of `text` with control characters shown as escapes, so that an error message
/// cannot be flooded or made to move the cursor.
pub(crate) fn excerpt(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(EXCERPT_CHARACTERS)
        .flat_map(|character| {
            if character.is_control() {
                character.escape_default().collect::<Vec<_>>()
            } else {
                vec![character]
            }
        })
        .collect();
    if text.chars().nth(EXCERPT_CHARACTERS).is_some() {
        shown.push('…');
    }
    shown
}
