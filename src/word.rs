//! The words of an enum, said once: what is stored, what programs read, and what people read.
//!
//! ```ignore
//! words! {
//!     /// What an address is for.
//!     pub enum AddressKind {
//!         Shipping = "shipping" => say "address-kind-delivery",
//!         Billing = "billing" => say "address-kind-invoices",
//!     }
//! }
//! ```
//!
//! Each variant has its word. The enum has `ALL`, in the order of the variants, `word()` and `parse()`; it is text in
//! the database, in JSON and in the API's document. A typed query reads it; where a row gives text, `stored()` does. A
//! stored word that is none of them is an error when it is read. Behind `=>` stands what people read, for all variants
//! or for none:
//! - `=> "On its way"`: for staff. `Display` says it.
//! - `=> say "address-kind-delivery"`: for shoppers too, a message of `words/en.ftl`. `say(locale)` says it, and
//!   `Display` in English; `said()` is the message, for another one to hold.
//!
//! `app` writes `shop::words!`.

#[macro_export]
macro_rules! words {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident { $($(#[$inner:meta])* $variant:ident = $word:tt),+ $(,)? }
    ) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[derive(sqlx::Type, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[sqlx(type_name = "text")]
        $(#[$meta])*
        $vis enum $name {
            $($(#[$inner])* #[sqlx(rename = $word)] #[serde(rename = $word)] $variant),+
        }

        impl $name {
            $vis const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];

            /// As stored and in addresses, and as programs read it.
            $vis fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            $vis fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }

            /// Of a row: whatever is stored is one of the words, or the books are broken.
            $vis fn stored(word: &str) -> $crate::Result<Self> {
                let unknown = || $crate::Error::internal(format!("{word:?} is no {}", stringify!($name)));
                Self::parse(word).ok_or_else(unknown)
            }
        }

        // of a private enum perhaps only a part is used
        const _: () = _ = ($name::ALL, $name::parse, $name::stored);
    };
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident { $($(#[$inner:meta])* $variant:ident = $word:tt => say $key:tt),+ $(,)? }
    ) => {
        $crate::words! { $(#[$meta])* $vis enum $name { $($(#[$inner])* $variant = $word),+ } }

        impl $name {
            /// For people.
            $vis fn say(self, locale: $crate::words::Locale) -> std::borrow::Cow<'static, str> {
                match self { $(Self::$variant => $crate::say!(locale, $key)),+ }
            }

            /// To be said later, or within another message.
            $vis fn said(self) -> $crate::Message {
                match self { $(Self::$variant => $crate::said!($key)),+ }
            }
        }

        // few stand within a message
        const _: () = _ = $name::said;

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
        $crate::words! { $(#[$meta])* $vis enum $name { $($(#[$inner])* $variant = $word),+ } }

        /// For staff.
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self { $(Self::$variant => $label),+ })
            }
        }
    };
}
