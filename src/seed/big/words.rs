//! Words that made-up products are named and described with.

/// Ranges that makers name after rivers, dales and hills.
pub const RANGES: [&str; 60] = [
    "Derwent", "Malham", "Calder", "Ribble", "Wharfe", "Swale", "Tees", "Ure", "Nidd", "Aire", "Dove", "Manifold",
    "Lathkill", "Goyt", "Irwell", "Hodder", "Lune", "Kent", "Esk", "Eden", "Coquet", "Tyne", "Wear", "Rye", "Severn",
    "Teme", "Wye", "Lugg", "Arrow", "Clun", "Onny", "Tamar", "Fowey", "Camel", "Exe", "Teign", "Axe", "Yarty", "Frome",
    "Stour", "Avon", "Kennet", "Windrush", "Evenlode", "Cherwell", "Nene", "Welland", "Trent", "Tweed", "Teviot",
    "Ettrick", "Nith", "Spey", "Don", "Ythan", "Conwy", "Dyfi", "Teifi", "Tywi", "Usk",
];

pub const ADJECTIVES: [&str; 32] = [
    "heavy-duty",
    "everyday",
    "workshop",
    "trade",
    "traditional",
    "fine",
    "compact",
    "country",
    "old-pattern",
    "best",
    "plain",
    "sturdy",
    "standard",
    "select",
    "classic",
    "original",
    "reinforced",
    "hand-finished",
    "heritage",
    "patent",
    "improved",
    "superior",
    "light",
    "general",
    "all-weather",
    "household",
    "winter",
    "professional",
    "estate",
    "cottage",
    "yard",
    "bench",
];

/// First sentences; `{what}` is the thing, `{range}` the range it belongs to.
pub const OPENINGS: [&str; 10] = [
    "The {range} range has been in our window since the shop opened, and this {what} is the piece that most people come back for.",
    "A {what} that does one job and does it for years: that was the whole of the order when the {range} range was drawn up.",
    "We tried six of these against one another for a winter, and the {range} was the one that nobody wanted to give back.",
    "There are cheaper ways to buy a {what}, and most of them end in buying it twice.",
    "This {what} comes from the {range} range, which is made in small batches and sells out before the spring.",
    "Made to the pattern that the {range} range has kept for longer than any of us have worked here.",
    "Ask at the counter for a {what} that will last, and this is what is put into your hand.",
    "A plain {what} in the {range} pattern, without anything on it that could come off.",
    "For those who use a {what} every day, the {range} range has the weight where it belongs.",
    "It began as a special order for an estate in the north, and the {range} range has had it ever since.",
];

pub const MIDDLES: [&str; 10] = [
    "It is heavier than it looks, which is rather the point.",
    "The edges are broken by hand, so that it is kind to the palm from the first day.",
    "What is steel in it is hardened and tempered, and what is wood is seasoned for two years.",
    "All wearing parts can be had singly, and we keep them in the drawers behind the counter.",
    "The finish is meant to be worn; it looks better in its tenth year than in its first.",
    "It comes oiled and wrapped in paper, in a box that is worth keeping.",
    "Every piece is looked at before it leaves, and about one in thirty goes back.",
    "The maker signs for each batch, and the number is stamped where it does not show.",
    "It fits what you have already: the sizes are the old ones, and the threads are metric.",
    "There is a left-handed one too, though you have to ask for it.",
];

pub const CLOSINGS: [&str; 8] = [
    "Keep it dry, wipe it with an oily rag in the autumn, and it will ask for nothing else.",
    "If it should fail within ten years, bring it back and we will see to it.",
    "Buy the size above the one you think you need; nobody has yet regretted it.",
    "Orders before noon leave on the same day.",
    "It is sold singly; for a dozen, ring us and we will find a better price.",
    "We use one ourselves in the yard behind the shop.",
    "The instructions are one page long and worth reading.",
    "Spare parts are listed on the card in the box.",
];

pub const SUMMARIES: [&str; 6] = [
    "Made to last in the {range} pattern, and easy to mend when it does not.",
    "The one for everyday work, from the {range} range.",
    "A sound piece from the {range} range, sized for real work.",
    "What the trade buys: {range} pattern, nothing that could come off.",
    "Heavier and better finished than it has to be; the {range} range.",
    "For those who use it daily, from the makers of the {range} range.",
];

/// What things without options of their own are sold in, with the factor of the price in hundredths.
pub const PACKS: [(&str, i64); 4] = [("Single", 100), ("Pair", 190), ("Box of 6", 540), ("Box of 12", 1_020)];
