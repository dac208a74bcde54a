//! The words of an enum, said once: what is stored, what programs read, and what people read.
//!
//! ```ignore
//! words! {
//!     /// What became of a refund.
//!     pub enum RefundState {
//!         /// The provider was not asked yet.
//!         Pending = "pending" => say "refund-pending",
//!         Succeeded = "succeeded" => say "refund-succeeded",
//!     }
//! }
//! ```
//!
//! Each variant has its word. It has `ALL`, `word()` and `parse()`; it is text in the database, in JSON and in the API's
//! document. Behind `=>` stands what people read, for all variants or for none:
//! - `=> "Refunded"`: for staff. `Display` says it.
//! - `=> say "refund-done"`: for shoppers too, a message of `words/en.ftl`. `say(locale)` says it, and `Display` in English.

macro_rules! words {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident { $($(#[$inner:meta])* $variant:ident = $word:tt),+ $(,)? }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[derive(sqlx::Type, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[sqlx(type_name = "text")]
        $vis enum $name {
            $($(#[$inner])* #[sqlx(rename = $word)] #[serde(rename = $word)] $variant),+
        }

        impl $name {
            $vis const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];

            /// As stored, and as programs read it.
            $vis fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            $vis fn parse(word: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|one| one.word() == word)
            }
        }
    };
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident { $($(#[$inner:meta])* $variant:ident = $word:tt => say $key:tt),+ $(,)? }
    ) => {
        words! { $(#[$meta])* $vis enum $name { $($(#[$inner])* $variant = $word),+ } }

        impl $name {
            /// For people.
            $vis fn say(self, locale: $crate::words::Locale) -> std::borrow::Cow<'static, str> {
                match self { $(Self::$variant => $crate::say!(locale, $key)),+ }
            }
        }

        /// For staff.
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.say($crate::words::Locale::English))
            }
        }
    };
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident { $($(#[$inner:meta])* $variant:ident = $word:tt => $label:tt),+ $(,)? }
    ) => {
        words! { $(#[$meta])* $vis enum $name { $($(#[$inner])* $variant = $word),+ } }

        /// For staff.
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self { $(Self::$variant => $label),+ })
            }
        }
    };
}
