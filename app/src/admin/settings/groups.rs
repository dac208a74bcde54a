//! Which settings there are, in which group, and how each is typed.

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Line,
    Email,
    Phone,
    Lines,
    Tick,
    Percent,
    Number,
    Countries,
    TaxRates,
    Methods,
    Zone,
}

/// A setting on the page: its name in [`SettingsInput`](shop::settings::SettingsInput), a label, a hint, and how it is
/// typed.
pub struct Setting {
    pub name: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub kind: Kind,
}

pub struct Group {
    /// In the address, after the `#`.
    pub code: &'static str,
    pub title: &'static str,
    pub settings: &'static [Setting],
}

const fn setting(name: &'static str, label: &'static str, hint: &'static str, kind: Kind) -> Setting {
    Setting { name, label, hint, kind }
}

/// Every setting that there is. A new one is a line here.
pub const GROUPS: &[Group] = &[
    Group {
        code: "shop",
        title: "The shop",
        settings: &[
            setting("shopName", "Name", "In the head of every page, in titles, and under every mail.", Kind::Line),
            setting(
                "tagline",
                "In a few words",
                "The title of the first page, and under the name at the foot of all.",
                Kind::Line,
            ),
            setting(
                "about",
                "In a sentence or two",
                "On the first page, and what search engines show of it.",
                Kind::Lines,
            ),
            setting("contactEmail", "E-mail address for customers", "", Kind::Email),
            setting("contactPhone", "Telephone for customers", "", Kind::Phone),
            setting("address", "Address", "One line each, as on an envelope.", Kind::Lines),
            setting(
                "timeZone",
                "Time zone",
                "Whose clock is shown, and where a day begins and ends in lists and figures.",
                Kind::Zone,
            ),
        ],
    },
    Group {
        code: "tax",
        title: "Tax",
        settings: &[
            setting("pricesIncludeTax", "Prices include the tax", "", Kind::Tick),
            setting("defaultTaxRate", "Rate, %", "For countries that have none of their own below.", Kind::Percent),
            setting("taxRates", "Rates of countries", "", Kind::TaxRates),
        ],
    },
    Group {
        code: "delivery",
        title: "Delivery",
        settings: &[
            setting("shipsTo", "Countries you ship to", "", Kind::Countries),
            setting("shippingMethods", "Ways of delivery", "In this order at the checkout.", Kind::Methods),
            setting(
                "returnDays",
                "Days to send goods back",
                "As the first page and the help promise; 0 promises nothing.",
                Kind::Number,
            ),
        ],
    },
    Group {
        code: "stock",
        title: "Stock and orders",
        settings: &[
            setting(
                "lowStockThreshold",
                "Low from so many on",
                "So many left, or fewer, is low, and staff are told. A variant may have a number of its own.",
                Kind::Number,
            ),
            setting(
                "orderHoldMinutes",
                "Minutes that an order holds its stock",
                "While it waits for the money; 35 at least.",
                Kind::Number,
            ),
            setting(
                "completeAfterDays",
                "Days after delivery until an order is completed by itself",
                "365 at most; with 0 or nothing it stays delivered until you complete it.",
                Kind::Number,
            ),
            setting(
                "cartAbandonedHours",
                "Hours until a cart counts as abandoned",
                "Others are told of it then, by the event cart.abandoned; 168 at most, with 0 or nothing never.",
                Kind::Number,
            ),
            setting(
                "watchBackInStock",
                "Tell shoppers who ask when something is back in stock",
                "Its page offers it while it is sold out.",
                Kind::Tick,
            ),
            setting(
                "watchPriceDrop",
                "Tell shoppers who ask when a price drops",
                "The page of everything for sale offers it.",
                Kind::Tick,
            ),
        ],
    },
    Group {
        code: "signIn",
        title: "Signing in",
        settings: &[
            setting(
                "customerSessionDays",
                "Days that customers stay signed in",
                "Then they sign in anew, however busy they were; 365 at most.",
                Kind::Number,
            ),
            setting(
                "staffSessionDays",
                "Days that staff stay signed in",
                "Then they sign in anew, however busy they were; 90 at most.",
                Kind::Number,
            ),
            setting(
                "staffIdleHours",
                "Idle hours after which staff are signed out",
                "Counted from the last page; 168 at most.",
                Kind::Number,
            ),
        ],
    },
    Group {
        code: "notifications",
        title: "Notifications",
        settings: &[setting(
            "digestHour",
            "Hour of the daily mail to staff",
            "From 0 to 23, by the shop’s time zone; 8 when empty. Each person chooses what is in it.",
            Kind::Number,
        )],
    },
    Group {
        code: "webhooks",
        title: "Webhooks",
        settings: &[setting(
            "encryptPersonalEvents",
            "Personal data leaves by webhooks only encrypted",
            "A webhook without a key of its receiver is sent nothing that holds more of a person than ids.",
            Kind::Tick,
        )],
    },
];

impl Group {
    pub fn find(code: &str) -> Option<&'static Self> {
        GROUPS.iter().find(|group| group.code == code)
    }

    pub fn fields(&self) -> Vec<&'static str> {
        self.settings.iter().map(|setting| setting.name).collect()
    }
}
