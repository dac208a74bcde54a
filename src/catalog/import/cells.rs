//! What stands in a cell: text on one line, and yes and no in many languages.

// As spreadsheets write TRUE and FALSE in the language in which they run, and as people write yes and no.
const YES: &str = "true yes y 1 on x wahr ja j vrai oui o verdadero sí si s verdadeiro sim vero waar prawda tak t истина да \
                   істина так sant sand sann tosi kyllä pravda ano áno igaz igen doğru evet adevărat αληθης ναι";
const NO: &str = "false no n 0 off falsch nein faux non falso não nao onwaar nee fałsz nie ложь нет хибність ні falskt \
                  falsk usann nej nei epätosi ei nepravda ne hamis nem yanlış hayır fals nu ψευδης όχι";

/// Yes or no; `None` for a word that is neither.
pub fn truth(word: &str) -> Option<bool> {
    let word = word.to_lowercase();
    let among = |words: &str| words.split_whitespace().any(|known| known == word);
    match () {
        () if among(YES) => Some(true),
        () if among(NO) => Some(false),
        () => None,
    }
}

/// On one line, with single spaces.
pub fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yes_and_no_in_many_languages() {
        for yes in ["TRUE", "true", "WAHR", "Y", "VRAI", "VERDADERO", "Prawda", "1", "ИСТИНА", "DOĞRU"] {
            assert_eq!(truth(yes), Some(true), "{yes}");
        }
        for no in ["FALSE", "FALSCH", "n", "FAUX", "ЛОЖЬ", "0", "FAŁSZ"] {
            assert_eq!(truth(no), Some(false), "{no}");
        }
        assert_eq!((truth("maybe"), truth("")), (None, None));
    }

    #[test]
    fn no_word_is_both() {
        assert!(YES.split_whitespace().all(|word| !NO.split_whitespace().any(|other| other == word)));
    }
}
