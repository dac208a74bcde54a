# All words that shoppers read, in English. `src/words.rs` says them; keys begin with the room that they stand in.
# <https://projectfluent.org/fluent/guide/>

## Numbers and dates

products =
    { $count ->
        [one] { $count } product
       *[other] { $count } products
    }
date = { $day } { $month } { $year }
date-time = { $date }, { $time }
# A day whose year needs no saying.
date-day = { $day } { $month }
date-january = Jan
date-february = Feb
date-march = Mar
date-april = Apr
date-may = May
date-june = Jun
date-july = Jul
date-august = Aug
date-september = Sep
date-october = Oct
date-november = Nov
date-december = Dec
date-long-january = January
date-long-february = February
date-long-march = March
date-long-april = April
date-long-may = May
date-long-june = June
date-long-july = July
date-long-august = August
date-long-september = September
date-long-october = October
date-long-november = November
date-long-december = December
weight-grams = { $weight } g
weight-kilos = { $weight } kg

## Round every page

frame-skip-to-content = Skip to content
frame-announcement = Announcement
frame-test-payments = Test payments, no money moves
frame-back-to-cart = Back to the cart
frame-menu = Menu
frame-new-in = New in
frame-on-offer = On offer
frame-delivery-and-help = Delivery and help
frame-search-the-shop = Search the shop
frame-search-placeholder = What are you looking for?
frame-search = Search
frame-cart = Cart
frame-departments = Departments
frame-shop = Shop
frame-help = Help
frame-account = Account
frame-privacy-and-cookies = Privacy and cookies
frame-items =
    { $count ->
        [one] item
       *[other] items
    }
frame-sign-in = Sign in
frame-prices-with-tax = Prices include tax.
frame-prices-without-tax = Prices without tax.
frame-delivery = Delivery
frame-returns = Returns
frame-find-an-order = Find an order
frame-contact = Contact
frame-your-account = Your account
frame-orders = Orders
frame-make-an-account = Make an account
frame-to-the-dashboard = To the dashboard
frame-delivery-free-from = Delivery { $price }, free from { $from }
frame-delivery-for = Delivery { $price }

## The shop window

home-see-new = See what is new
home-empty = The shelves are being filled
home-empty-text = Please look in again in a little while.
home-by-department = By department
home-featured = Featured
home-just-in = Just in
home-all-new-products = All new products
home-on-offer = On offer
home-all-offers = All offers

## Lists of products

listing-filters = Filters
listing-filter = Filter
listing-close = Close
listing-show-results = Show results
listing-empty = Nothing on this shelf yet
listing-what-is-new = what is new
listing-products = Products
listing-sort-by = Sort by
listing-sort = Sort
listing-chosen-filters = Chosen filters
listing-clear-all = Clear all
listing-at = { $category } at { $shop }
listing-on-offer = On offer
listing-on-offer-lead = Good things for less than they used to cost, for as long as there are any.
listing-new-in = New in
listing-new-in-lead = What came onto the shelves last, the newest first.
listing-page-of = { $title }, page { $page }
listing-brand = Brand
listing-more = { $count } more
listing-all-departments = All departments
listing-department = Department
listing-in-stock = In stock
listing-availability = Availability
listing-from = From
listing-to = To
listing-price = Price
listing-price-between = { $min } to { $end }
listing-price-and-more = { $min } and more
listing-price-under = Under { $end }
listing-any-price = Any price
listing-look-in-again = Look in again soon, or see { $link }.
listing-count =
    { $count ->
        [one] { $number } product
       *[other] { $number } products
    }
listing-remove = Remove
listing-not-so-many-pages = There are not so many pages
listing-ends-before = The list ends before this page.
listing-to-the-first-page = To the first page
listing-nothing-matches = Nothing matches all of that
listing-take-back = Take back one of the filters, or all of them.
listing-clear-all-filters = Clear all filters

## The order of a list

sort-relevance = Best match
sort-newest = Newest
sort-price-up = Price, low to high
sort-price-down = Price, high to low
sort-name-up = Name, A to Z
sort-name-down = Name, Z to A
sort-offer = Largest saving
sort-oldest = Oldest

## What a list is narrowed by

filter-price-between = { $min } – { $max }
filter-price-from = From { $min }
filter-price-up-to = Up to { $max }
filter-in-stock = In stock
filter-on-offer = On offer

## Search

search-heading = What are you looking for?
search-what-to-type = A name, a material, a size or an SKU.
search-by-department = By department
search-try-this = Try fewer or simpler words, check the spelling, or search for an SKU.
search-look-around = Look around
search-all-products = All products
search-results-for = Results for “{ $words }”
search-search = Search
search-empty = Nothing on this shelf
search-nothing-found-for = Nothing found for “{ $words }”
search-did-you-mean = Did you mean { $suggestions }?
search-instead = Nothing matched { $typed }, so these are the results for { $instead }.

## The way to a page

breadcrumb-breadcrumb = Breadcrumb
breadcrumb-home = Home

## From page to page

pages-pages = Pages
pages-back = Back
pages-next = Next

## Watches: to be told of goods

watch-back-in-stock = Back in stock
watch-price-drop = Price drop
watch-pending = To be confirmed
watch-active = Waiting
watch-told = Told
watch-ended = Ended
watch-when-back = Tell me when it is back
watch-when-back-text = One mail when it is in stock again, and nothing else.
watch-when-cheaper = Tell me when the price drops
watch-when-cheaper-text = A mail when it costs less than { $price }, at most one a day, until you stop it.
watch-email = E-mail address
watch-ask = Tell me
watch-asked = Please look into your mail: we sent a link to { $email }. Once you open it, we tell you.
watch-asked-own = We will write to { $email }.
watch-confirm = Shall we tell you?
watch-confirm-back = Press the button, and we write to you when { $name } is back in stock.
watch-confirm-price = Press the button, and we write to you when the price of { $name } drops.
watch-confirm-yes = Yes, tell me
watch-confirmed-back = Thank you. We write to you when { $name } is back in stock.
watch-confirmed-price = Thank you. We write to you when the price of { $name } drops.
watch-stop = Stop these mails
watch-stop-back = Press the button, and we do not write to you about { $name } being back in stock.
watch-stop-price = Press the button, and we do not write to you about the price of { $name }.
watch-stop-yes = Stop
watch-stop-all =
    { $count ->
        [one] Stop the other such mail to this address too
       *[other] Stop the { $count } other such mails to this address too
    }
watch-stop-this-and-all =
    { $count ->
        [one] Stop this and the other such mail to this address
       *[other] Stop this and the { $count } other such mails to this address
    }
watch-stopped = We do not write to you about this any more.
watch-stopped-already = We do not write to you about { $name } any more.
watch-to-product = See the product

## A product

product-nothing-to-sell = Nothing to sell
product-nothing-to-sell-text = All its variants are marked as not sold.
product-delivery = delivery
product-add-to-cart = Add to cart
product-sold-out = Sold out for now. We will have it again: please look in later.
product-about-it = About it
product-specification = Specification
product-related = You may also like
product-choose-a-picture = Choose a picture
product-offer = Offer
product-days-to-send-back =
    { $count ->
        [one] { $count } day to send it back
       *[other] { $count } days to send it back
    }
product-save = Save { $amount }
product-tax-and-delivery = { $tax }, plus { $link }
product-sku-is = SKU { $sku }
product-including-tax = Including { $rate } tax
product-plus-tax = Plus { $rate } tax
product-weight = Weight
product-country-of-origin = Country of origin
product-condition = Condition
product-gtin = GTIN
product-mpn = Maker's part number
product-is-new = New
product-is-refurbished = Refurbished
product-is-used = Used
product-sku = SKU
product-not-with = , not with { $others }
product-value-sold-out = , sold out
product-picture = Picture { $number }
product-pictures = Pictures
product-quantity = Quantity
product-chosen = { $values }: { $price }. { $stock }. SKU { $sku }.

## A price

price-now = Now
price-before = Before:
money-from = from

## Stock

stock-in = In stock
stock-low = Low
stock-only-left = Only { $count } left
stock-out = Out of stock
stock-watched = Waited for
stock-any = Any

## The cart

cart-removed = Removed from your cart.
cart-emptied = Your cart is empty now.
cart-remove = Remove
cart-update = Update
cart-remove-it = Remove it
cart-no-longer-sold-text = We have taken this off the shelf. Remove it to go on.
cart-sold-out-text = Someone was quicker. Remove it to go on, or leave it here and look again later.
cart-the-price-changed = The price changed
cart-cart = Cart
cart-empty = Your cart is empty
cart-empty-text = What you add stays here for a month; in your account, for a year.
cart-look-around = Look around
cart-see-offers = What is on offer
cart-go-on-shopping = Go on shopping
cart-empty-the-cart = Empty the cart
cart-summary = Summary
cart-check-out = Check out
cart-nothing-is-held = Nothing is held for you until you order.
cart-nothing-to-buy-yet = Nothing to buy yet
cart-nothing-to-order = There is nothing to order
cart-nothing-to-order-text = Your cart is empty. If you have just ordered, the confirmation is in your mail.
cart-added =
    { $count ->
        [one] Added. Your cart holds { $count } item, { $total } in all.
       *[other] Added. Your cart holds { $count } items, { $total } in all.
    }
cart-each = { $price } each
cart-no-more-than = You want { $wanted }, and there are no more than { $left } just now.
cart-take = Take { $count }
cart-price-was = It was { $old } when you chose it, and is { $new } now.
cart-accept = Accept { $price }
cart-only-more = Only { $missing } more, and delivery is free.
cart-lines-need-a-look =
    { $count ->
        [one] One line needs a look before you can check out.
       *[other] Some lines need a look before you can check out.
    }
cart-problem-no-longer-sold = No longer sold
cart-problem-sold-out = Sold out
cart-problem-only-left = Only { $left } left
cart-problem-price-changed = The price changed from { $old } to { $new }
cart-notice-capped = Only { $count } of { $name } left: your cart has { $count }
cart-notice-sold-out = { $name } is sold out
cart-notice-added =
    { $count ->
        [one] { $name } is in your cart from before you signed in
       *[other] { $count } × { $name } are in your cart from before you signed in
    }
cart-notice-combined = { $name } was in your cart already: there are { $count } in it now
cart-notice-left-out = Your cart is full: { $name } was left out

## Sums

totals-discount = Discount
totals-total = Total
totals-delivery-by = Delivery, { $method }
totals-products = Products
totals-tax = Tax { $rate }
totals-including-tax = Including tax { $rate }
totals-free = Free
totals-goods = Goods
totals-delivery = Delivery
# On the provider's page, as part of a request that must be the same each time it is repeated: never another word.
totals-tax-for-provider = Tax, { $rate }
totals-tax-back = Tax
totals-including-tax-back = Including tax
totals-given-back = Given back

## The checkout

checkout-checkout = Checkout
checkout-order = Order
checkout-nothing-to-order = Nothing to order yet
checkout-to-the-cart = To the cart
checkout-order-waits = Your order waits for its payment
checkout-to-the-order = To the order
checkout-email = E-mail address
checkout-email-hint = We send the confirmation here.
checkout-sign-in = Sign in
checkout-another-address = Another address
checkout-prices-depend = Prices of delivery and tax depend on the country.
checkout-keep-address = Keep it in my address book
checkout-update-the-total = Update the total
checkout-same-address = To the same address
checkout-not-same-address = To another address
checkout-note = A note for us
checkout-your-order = Your order
checkout-change-the-cart = Change the cart
checkout-remove = Remove
checkout-it-was-not-changed = It was not changed. { $faults }
checkout-is-placed = { $number } is placed. Pay for it, or take it back to the cart to change it.
checkout-sign-in-to-fill-in = Been here before? { $link } and we fill in the rest.
checkout-who = Who you are
checkout-not-delivered-there = { $address }. We do not deliver there.
checkout-delivery-address = Delivery address
checkout-where = Where it goes
checkout-how = How it travels
checkout-invoice-address = Invoice address
checkout-where-the-invoice-goes = Where the invoice goes
checkout-anything-else = Anything else
checkout-nothing-to-pay = There is nothing to pay.
checkout-you-pay-next = You pay on the next page, at Stripe; we never see your card. Your goods are held while you do.
checkout-please-change-your-cart = { $why }. Please change your cart. What you typed stays.
checkout-settle-the-lines = Please settle the marked lines first. What you typed stays.
checkout-advice-empty = This cart is empty: choose something first
checkout-advice-gone = Nothing in this cart is sold any more: remove it, and choose something else
checkout-advice-marked = Nothing in this cart can be bought just now: remove what is marked and choose something else, or look again later
checkout-signed-in = You are signed in as { $name }. The confirmation goes to { $email }.

## Paying

payment-pay-here = Pay here
payment-refused-here = The payment did not go through. Please try again.
payment-unclear = There is no clear answer whether you paid. Please look at your order before you try again.
payment-whose-form = The form above is Stripe’s own: what you type goes to Stripe and not to us.
payment-pay-on-page = Pay on Stripe’s page
payment-nothing-to-pay = There is nothing to pay here
payment-see-the-order = See the order
payment-back-in-cart = Everything is back in your cart.
payment-order-cancelled = The order is cancelled. Nothing was charged.
payment-pay = Pay { $total }
payment-held-until = We hold your goods until { $date }.
payment-pay-for = Pay for order { $number }
payment-for-your-order = For your order { $number }.
payment-paid-or-over = This order is paid already, or no longer stands. { $link }.
payment-no-page = Your order is placed, but the payment page does not answer just now. You can pay from this page.
payment-refused = { $why }. Nothing was charged. You can take the order back to the cart and change it.
payment-pay-from-here = { $why } You can pay from this page.
payment-did-not-go-through = The payment did not go through: { $why }

## An order

order-is-processing = We are waiting for the payment
order-is-processing-text = You are done; your bank takes its time. We send the confirmation as soon as the money is here.
order-is-waiting = We are still waiting for the payment
order-is-waiting-text = This page looks again by itself. If you have paid, there is nothing more to do.
order-was-cancelled = This order was cancelled
order-make-an-account = Make an account
order-products = Products
order-delivery-method = Delivery method
order-goes-to = Goes to
order-invoice-to = Invoice to
order-your-note = Your note
order-summary = Summary
order-what-happened = What happened
order-on-its-way = On its way
order-number = Order { $number }
order-thank-you = Thank you, { $name }
order-is-paid = Your order { $number } is paid. The confirmation is on its way to { $email }.
order-ordered-on = Ordered on { $date }
order-back-to-the-cart = Back to the cart
order-cancel = Cancel the order
order-i-have-not-paid-yet = I have not paid yet
order-payment-did-not-go-through = The payment did not go through
order-awaits-payment = This order is awaiting payment
order-no-longer-held = Your goods are no longer held; pay while there are some left.
order-pay-now = Pay now
order-put-it-back = Put it back in the cart
order-money-went-back = Your money went back the way it came.
order-money-goes-back = Your money goes back the way it came.
order-nothing-was-charged = Nothing was charged.
order-keep-the-address = Keep this page’s address: it shows how your order gets on. { $link } to have your orders in one place.
order-refunded-on = { $amount } refunded on { $date }
order-is-being-refunded = { $amount } is being refunded since { $date }
order-returned = { $count } returned
order-ordered = Ordered
order-attempt-failed = This attempt to pay did not go through; nothing was charged

## What happened to an order

order-told-corrected = Corrected: { $parts }
order-told-corrected-unpaid = Corrected before it was paid: { $parts }
order-told-after-delivery =
    { $days ->
        [one] By itself, a day after the delivery
       *[other] By itself, { $days } days after the delivery
    }
order-told-part-shipped = A part of it was shipped.
order-told-part-shipped-by = A part of it was shipped. { $parcel }
order-told-received = Payment received
order-told-declined = Declined: { $words }
order-told-refused = The payment provider refused the payment: { $words }
order-told-no-page = The payment provider made no page to pay on
order-told-amount-differs = { $received } came in, and the order is over { $expected }. It was not moved; please look at it.
order-told-payment-corrected = The payment was corrected to { $amount }, as Stripe has it
order-told-payment-found = A payment was found at Stripe and written down
order-told-goes-back = { $amount } goes back ({ $parts })
order-told-goes-back-because = { $amount } goes back ({ $parts }): { $reason }
order-told-given-back = { $amount } was given back
order-told-not-given-back = { $amount } could not be given back: { $why }
order-told-refund-refused = The refund was refused: { $why }
order-told-refund-corrected = A refund was corrected to { $amount }, as Stripe has it
order-told-not-held = The goods are no longer held; the payment is still not known
order-told-attempt-on-a-page = Attempt { $number } to pay { $amount } was begun, on Stripe’s page
order-told-attempt-in-place = Attempt { $number } to pay { $amount } was begun, without leaving the shop or in an app
order-told-came-in = { $amount } came in
order-told-attempt-failed = Attempt { $number } failed
order-told-attempt-failed-because = Attempt { $number } failed: { $why }
order-told-attempt-expired = Attempt { $number } ended: its page closed unpaid
order-told-attempt-given-up = Attempt { $number } was given up
order-told-fee = Stripe keeps { $fee } of { $came }: { $stays } stays

order-part-email = e-mail address
order-part-shipping-address = delivery address
order-part-billing-address = address of the invoice
order-part-delivery = delivery
order-part-note = note
order-part-payment = way to pay

order-cancelled-not-paid-in-time = The payment did not come in time
order-cancelled-payment-failed = The payment failed
order-cancelled-by-customer = Cancelled by the customer
order-cancelled-by-shop = Cancelled by the shop
order-cancelled-back-to-cart = Back to the cart
order-cancelled-never-paid = No payment came for it
order-cancelled-sold-out = The payment came after the reservation had lapsed: { $goods }

refund-cause-damaged = Damaged or faulty
refund-cause-wrong-item = Wrong item sent
refund-cause-missing = Did not arrive
refund-cause-returned = Sent back
refund-cause-unavailable = Not available
refund-cause-goodwill = Goodwill
refund-cause-duplicate = Ordered twice
refund-cause-other = Another reason
refund-cause-and-words = { $cause }: { $words }
refund-by-itself-paid-before = The order had been paid before
refund-by-itself-after-cancellation = The payment came after the order had been cancelled
refund-by-itself-sold-out = The goods were sold before the payment came
refund-by-itself-amount-differs = Another amount came than the order’s
refund-by-itself-at-provider = Made at the payment provider
refund-part-goods = { $amount } for goods
refund-part-delivery = { $amount } for delivery
refund-part-tax = { $amount } of tax
refund-part-tax-included = including { $amount } of tax
refund-failed-no-such-refund = Stripe has no such refund
refund-failed-no-payment = There is no payment to refund
refund-failed-no-reason = without a reason
payment-failed-not-at-provider = Stripe has no such payment

dispute-asked = The cardholder’s bank asks about { $amount } ({ $reason }). No money was taken. Answer it at Stripe.
dispute-asked-by = The cardholder’s bank asks about { $amount } ({ $reason }). No money was taken. Answer it at Stripe by { $date }.
dispute-opened = The cardholder’s bank disputes { $amount } ({ $reason }). Answer it at Stripe.
dispute-opened-by = The cardholder’s bank disputes { $amount } ({ $reason }). Answer it at Stripe by { $date }.
dispute-taken = { $amount } was taken from us until the dispute is decided.
dispute-returned = { $amount } came back to us.
dispute-won = The dispute over { $amount } was won: the money is ours.
dispute-lost = The dispute over { $amount } was lost: the money stays with the cardholder.
dispute-asked-no-more = The bank’s questions about { $amount } ended; no money was taken.
dispute-under-review = The bank looks at our answer in the dispute over { $amount }.
dispute-waits = The dispute over { $amount } waits for our answer.
dispute-waits-by = The dispute over { $amount } waits for our answer by { $date }.
dispute-changed = The dispute over { $amount } changed ({ $step }, { $status }).
dispute-the-payment = the payment
dispute-reason-fraudulent = “I did not buy this”
dispute-reason-not-received = “It did not arrive”
dispute-reason-unacceptable = “It is broken, or not what was described”
dispute-reason-duplicate = “I was charged twice”
dispute-reason-not-credited = “I was promised money back”
dispute-reason-unrecognized = “I do not know this charge”
dispute-reason-cancelled = “I had cancelled it”
dispute-reason-none = no reason given

## How an order stands

status-payment = Payment
status-delivery = Delivery
status-awaiting-payment = Awaiting payment
status-paid = Paid
status-payment-failed = Payment failed
status-partly-refunded = Partly refunded
status-refunded = Refunded
status-not-paid = Not paid
status-not-shipped = Not shipped
status-in-preparation = In preparation
status-partly-shipped = Partly shipped
status-shipped = Shipped
status-delivered = Delivered
status-completed = Completed
status-cancelled = Cancelled

## The account

account-your-latest-orders = Your latest orders
account-all-your-orders = All your orders
account-parcels-go-to = Where your parcels go
account-no-address-yet = No address yet.
account-your-addresses = Your addresses
account-person = Who you are
account-profile = Profile and password
account-address-saved = The address is saved.
account-address-gone = The address is gone from your book. Orders keep their copy.
account-no-addresses-yet = No addresses yet
account-no-addresses-text = Keep one here, and the checkout fills itself in.
account-addresses = Addresses
account-new-address = New address
account-edit = Edit
account-make-default = Make it the default
account-delete = Delete
account-address-kind = What it is for
account-is-default = Use it by default at the checkout
account-save-the-address = Save the address
account-cancel = Cancel
account-card-removed = The card is removed. Orders paid with it stay as they are.
account-cards-unknown = Your cards cannot be shown just now
account-cards-unknown-text = Stripe, who keeps them, does not answer. Nothing is lost; please look again in a moment.
account-cards = Cards
account-add-a-card = Add a card
account-no-cards-kept = No cards kept
account-no-cards-text = Keep one here or when you pay, and the next payment is one press.
account-card = Card
account-expires = Expires
account-actions = Actions
account-expired = Expired
account-remove = Remove
account-signed-out-there = Signed out there.
account-devices = Devices
account-devices-text = Where you are signed in. Sign out of what you no longer use.
account-device = Device
account-address = Address
account-last-seen = Last seen
account-sign-out-elsewhere = Sign out everywhere else
account-this-device = This device
account-sign-out = Sign out
account-watches = Watches
account-watches-text = What we tell you about by mail, once it is back in stock or costs less.
account-watch-product = Product
account-watch-of = Told of
account-watch-state = State
account-watch-since = Since
account-watch-end = Stop
account-watch-of-what = watching { $name }
account-watch-ended = We do not tell you about this any more.
account-to-latest-watches = To the latest watches
account-no-watches = You watch nothing
account-no-watches-text = On the page of a product, ask to be told when it is back in stock or costs less.
account-watch-price = { $price } now, { $seen } when you saw it last
account-watch-not-for-sale = Not for sale just now
account-your-account = Your account
account-to-latest-orders = To your latest orders
account-orders = Orders
account-no-orders-yet = No orders yet
account-no-orders-text = What you buy while signed in is listed here.
account-look-around = Look around
account-date = Date
account-pieces = Pieces
account-total = Total
account-order = Order
account-saved = Saved.
account-email-changed = Your e-mail address is changed. We have sent you a mail to confirm it.
account-password-changed = Your password is changed. You are signed out everywhere else.
account-mail-sent = The mail is on its way.
account-is-this-your-email = Is this your e-mail address?
account-send-it-again = Send it again
account-save = Save
account-email = E-mail address
account-new-email = New e-mail address
account-your-password = Your password
account-change-the-address = Change the address
account-password = Password
account-current-password = Current password
account-new-password = New password
account-change-the-password = Change the password
account-hello = Hello, { $name }
account-default-for-delivery = Default for delivery
account-for-delivery = For delivery
account-default-for-invoices = Default for invoices
account-for-invoices = For invoices
account-the-address-of = the address of { $name }
account-edit-address = Edit address
account-no-page-for-a-card = The page for a new card does not answer just now. Please try again in a moment.
account-is-the-card-removed = We cannot see just now whether the card is removed. Please look again in a moment.
account-who-keeps-cards = Stripe keeps your cards, not we: we see no more of them than you do here. They are offered to you when you pay, and nothing is ever charged without you.
account-card-ending-in = { $brand } ending in { $digits }
account-signed-out-of-others =
    { $count ->
        [one] Signed out of { $count } other device.
       *[other] Signed out of { $count } other devices.
    }
account-now = Now
account-of-device = of { $name }
account-overview = Overview
account-nothing-on-this-page = There is nothing on this page. { $link }
account-mail-to-confirm = We have sent a mail to { $email }. Its link confirms that the address is yours.
account-email-confirmed = { $email }, confirmed
account-account = Account

## Where somebody is signed in

device-browser-on = { $browser } on { $system }
device-unknown = Unknown device

## An address

address-first-name = First name
address-last-name = Last name
address-company = Company
address-street-and-number = Street and number
address-flat-floor-building = Flat, floor, building
address-town-or-city = Town or city
address-postcode = Postcode
address-county-or-state = County or state
address-country = Country
address-telephone = Telephone
address-phone-hint = For the driver, should nobody open.
address-kind-delivery = Delivery
address-kind-invoices = Invoices

## Signing in, and what leads to it

sign-in-password-set = Your password is set. Please sign in with it.
sign-in-email-confirmed = Your e-mail address is confirmed. Thank you.
sign-in-forgot = Forgot your password?
sign-in-forgot-text = Tell us your e-mail address, and we send you a link to set a new one.
sign-in-email = E-mail address
sign-in-send-the-link = Send the link
sign-in-back = Back to sign in
sign-in-set-a-new-password = Set a new password
sign-in-new-password = New password
sign-in-password-hint = At least 8 characters. A few plain words do well.
sign-in-set-the-password = Set the password
sign-in-confirm-email = Confirm your e-mail address
sign-in-confirm-email-text = One press, and it is done.
sign-in-confirm = Confirm
sign-in-sign-in = Sign in
sign-in-to-your-account = To your account
sign-in-new-here = New here?
sign-in-new-here-text = You can order without an account. With one, your addresses and orders are kept.
sign-in-make-an-account = Make an account
sign-in-password = Password
sign-in-make-the-account = Make the account
sign-in-mail-with-a-link =
    If this address has an account, a mail with a link is on its way. The link is good for { $hours ->
        [one] an hour
       *[other] { $hours } hours
    }.
sign-in-mail-to-confirm = A mail is on its way to { $email }. Open the link in it to confirm your account, then sign in here.
sign-in-signed-in-as = You are signed in as { $name }. { $link }
sign-in-have-one = Have one already? { $link }

## Help

help-delivery-and-help = Delivery and help
help-delivery = Delivery
help-delivery-text = You see what delivery costs before you order. As soon as a parcel leaves us you get a mail with its number.
help-returns = Returns
help-returns-text = Write to us first, with the number of your order, and we tell you where to send it. The money goes back the way it came.
help-find-an-order = Find an order
help-your-orders = your orders
help-contact = Contact
help-privacy-and-cookies = Privacy and cookies
help-privacy-text = We keep what an order needs: your name, addresses, e-mail address, and what you bought. Cards are handled by Stripe on its own page; we never see their numbers. We set four cookies: one for your cart, one for your visit, one by which your browser is known when you sign in again, and, for an hour at most, one by which you find a form again that you sent after you were signed out. We set none for anybody else. Nothing here follows you around.
help-about = What delivery costs and how long it takes, how to bring something back, how to reach us.
help-free-from = { $price }, free from { $from }
help-days-to-send-back =
    { $count ->
        [one] You have { $count } day to send back anything that is unused.
       *[other] You have { $count } days to send back anything that is unused.
    }
help-where-orders-are = The mail that confirmed your order holds a link to it that works without an account. Orders that you made while signed in are under { $link }.
help-write-or-call = Write to { $mail }, or call { $phone }.
help-write = Write to { $mail }.
help-our-address = Our address: { $address }.

## Fields of a form

field-optional = (optional)

## What is wrong with a field

# $label is the field's, as the page shows it. Programs are told without it, in English: a message that names it begins with it
# there. One that does not stands alone.

fault-required = { $label } is required
fault-too-long = { $label } is too long (at most { NUMBER($max, useGrouping: "false") } characters)
fault-too-short = { $label } is too short (at least { NUMBER($least, useGrouping: "false") } characters)
fault-odd-character = { $label } holds a character that cannot be kept
fault-cannot-be-stored = { $label } holds a character or number that cannot be stored
fault-one-line = { $label } must be a single line
fault-negative = { $label } must not be negative
fault-too-large = { $label } is too large
fault-whole-number = { $label } must be a whole number from { NUMBER($least, useGrouping: "false") } to { NUMBER($most, useGrouping: "false") }
fault-whole-number-unreadable = { $label } must be a whole number from { NUMBER($least, useGrouping: "false") } to { NUMBER($most, useGrouping: "false") }; { $why }
fault-two-numbers = { $label } can mean { $one } or { $other }: a whole number is written without a point
fault-not-whole = { $label } reads as { $typed }, which is not a whole number
fault-amount = { $label } must be an amount such as { $example }
fault-amount-unreadable = { $label } must be an amount such as { $example }; { $why }
fault-other-currency = { $label } names another currency than { $currency }
fault-too-precise =
    { $label } reads as { $typed }, but { $currency } has { $decimals ->
        [0] no decimals
        [2] two decimals
        [3] three decimals
       *[other] { $decimals } decimals
    }
fault-two-amounts = { $label } can mean { $one } or { $other }: write { $one_written } or { $other_written }
fault-off-step = { $label } must be a multiple of { $step }, such as { $below } or { $above }
fault-email = { $label } must look like name@example.com
fault-email-out-of-reach = { $label } has letters before the @ that our mail cannot be sent to; please give an address without them
fault-email-taken = { $label } belongs to another account
fault-wrong-credentials = E-mail address and password do not belong together, or the address is not confirmed yet
fault-wrong-password = { $label } is not right
fault-password-own = { $label } is your own name or e-mail address, which is tried first; three words that do not belong together make a good one
fault-password-one-character = { $label } is one character over and over; three words that do not belong together make a good one
fault-password-common = { $label } is one that many people use, and so is tried first; three words that do not belong together make a good one
fault-phone = { $label } is not a telephone number
fault-no-such-product = { $label } is none that the shop shows
fault-no-such-order = { $label } is no order of yours
fault-product-or-order = { $label } must be empty where it is about a product
fault-nobody-who-works-here = { $label } is nobody who works here
fault-moment = { $label } is no moment, such as 2030-01-07T09:00:00Z
fault-is-over = { $label } must be later than now
fault-watch-kind = { $label } must be back_in_stock or price_drop
fault-country = { $label } is not a country that we know
fault-postal-code = { $label } is not a postal code
fault-postcode-of = { $label } does not look like a postcode of { $country } (such as { $example })
fault-incomplete = { $label } is not complete
fault-address-type = { $label } must be shipping or billing
fault-not-shipped-to = { $label } is a country that we do not ship to
fault-not-on-offer = { $label } is not on offer for this country
fault-not-your-address = { $label } is not one of your addresses
fault-several-variants = { $label } is required: this product comes in several

number-nothing = there is no number
number-none = “{ $typed }” is not a number
number-separators = in “{ $typed }” the separators do not part groups of three digits

# Names of fields that no page shows.

label-address = Address
label-address-type = What the address is for
label-input = What you typed
label-is-default = Used unless another is chosen
label-payment-method = Way to pay
label-variant = Variant

## A form that was sent after its sender was signed out

kept-signed-out = You are signed out, so nothing is saved yet.
kept-of-another = You are signed in as { $name }, but this form was filled in by another account, so nothing is saved.
kept-for-an-hour = What you typed is kept for an hour: sign in, and you will find it in its form.
kept-for-that-account = What was typed is kept for an hour, for that account alone: sign in with it to go on.
kept-not = It could not be kept, either. Go back in your browser: what was typed may still be there.
kept-is-here = You were signed out before this was saved. What you had typed is here again: look it over and send it once more.
kept-is-here-without-files = You were signed out before this was saved. What you had typed is here again: look it over and send it once more. Files have to be chosen again.

## Messages above a page

message-had-typed = This is what you had typed:
message-signed-out = You were signed out before this was saved
message-signed-out-text = It cannot be shown in its form: that is not on this page any more.
message-faults =
    { $count ->
        [one] One thing needs another look
       *[other] { $count } things need another look
    }

## Error pages

error-to-the-dashboard = To the dashboard
error-to-the-shop = To the shop
error-bad-request = That did not make sense to us
error-bad-request-text = The request was incomplete or garbled. Please go back and try again.
error-sign-in = Please sign in
error-sign-in-text = This page is for people who are signed in.
error-forbidden = Not for this account
error-forbidden-text = Your account may not do this. If you think that it should, ask whoever runs the shop.
error-not-found = Nothing on this shelf
error-not-found-text = The page does not exist, or what it showed is no longer sold.
error-method = That is not possible here
error-method-text = This address does not take that kind of request.
error-timeout = That took too long
error-timeout-text = Your request did not arrive whole in time. Please try again, perhaps on a better line.
error-conflict = Somebody was quicker
error-conflict-text = Things changed in the meantime. Please go back and look again.
error-gone = This has been cleared away
error-gone-text = The link was good once. It has been used, or its time is over.
error-too-large = That is too large
error-too-large-text = What you sent is larger than we can take.
error-too-many = A little slower, please
error-too-many-text = There were too many attempts. Please wait a moment and try again.
error-busy = Very busy just now
error-busy-text = We could not answer in time. Nothing was lost: please try again in a moment.
error-internal = Something broke on our side
error-internal-text = It has been written down and we will look at it. Please try again in a moment.

## While the shop is being prepared

notice-sample = The shop is being prepared
notice-sample-text = The first time, sample goods are put on its shelves. That may take a few minutes.
notice-update = Back in a moment
notice-update-text = The shop is being brought up to date.
notice-database = Starting the database
notice-tables = Setting up the tables
notice-count = { $done } of { $total }
notice-loads-again = The shop comes by itself as soon as it is open.
notice-not-taken = What you sent was not taken. Please wait a moment, then load this page again to send it once more.
seed-pictures = Drawing pictures
seed-catalogue = Filling the shelves
seed-orders = Taking orders
seed-made-up = Making up products

## What cannot be done, and why

refusal-not-found = Not found
refusal-gone = This link was used before or is too old. Please ask for a new one.
refusal-key-reused = This idempotency key was already used for a different request
refusal-forbidden = You may not do this
refusal-sign-in = Please sign in
refusal-too-many =
    { $seconds ->
        [one] Too many attempts; please try again in { $seconds } second
       *[other] Too many attempts; please try again in { $seconds } seconds
    }
refusal-busy = The shop is busy; please try again in a moment
refusal-internal = Something went wrong on our side
refusal-cart-empty = Your cart is empty
refusal-nowhere = At the moment we ship nowhere; please call us
refusal-order-cancelled = This order was cancelled
refusal-payment-unknown = We cannot see just now whether a payment is under way. Please try again in a moment.
refusal-already-verified = This address is verified already
refusal-too-many-addresses = An address book holds at most { $most } addresses
refusal-sold-out = { $name } is sold out
refusal-only-left = Only { NUMBER($left, useGrouping: "false") } of { $name } left
refusal-cart-full = A cart can hold { $most } different things
refusal-price-changed = The price changed again: it is { $price } now
refusal-total-changed = The total changed: it is { $total } now
refusal-total-too-small = The total is { $total }, and the least that can be paid here is { $least }
refusal-total-too-large = The total is { $total }, and the most that can be paid at once is { $most }
# One line of a cart, and what is wrong with it.
refusal-line = { $name }: { $problem }
refusal-line-unpaid = { $name }: please pay for what you have ordered of it first
refusal-line-most-unpaid = { $name }: no more than { NUMBER($left, useGrouping: "false") } can be ordered before they are paid
refusal-orders-unpaid =
    { $count ->
        [one] One of your orders is not paid yet. Please pay or cancel it before you place another
       *[other] { $count } of your orders are not paid yet. Please pay or cancel one of them before you place another
    }
refusal-orders-of-network-unpaid = Many orders from your network are not paid yet. Please pay or cancel one of them, or try again in half an hour
refusal-already-ordered-unpaid = This cart was ordered already: a payment for { $number } is under way
refusal-already-ordered = This cart was ordered already: { $number } is “{ $status }”
refusal-order-status = An order that is “{ $from }” cannot become “{ $to }”
refusal-order-paid = This order needs no payment any more
refusal-is-paid = The order is paid already.
refusal-attempt-over = This attempt to pay is over; please try again
refusal-payment-under-way = A payment is under way already
refusal-payment-on-its-way = A payment is on its way; the order cannot be given up just now.
refusal-payment-refused = The payment provider refuses this: { $why }
refusal-pay-on-a-page = This payment is made on a page
refusal-pay-not-on-a-page = This payment is not made on a page

refusal-conversation-exists = There is a conversation about this already; please go on there
refusal-conversation-claimed = A colleague answers this conversation
refusal-conversation-closed = The conversation is closed
refusal-message-too-late = A message can be changed for a quarter of an hour
refusal-message-retracted = The message was taken back

refusal-watch-off = The shop does not tell of this
refusal-watch-in-stock = It is in stock: you can buy it now
refusal-watch-gone = You are not told of this any more, or the link is too old.
refusal-too-many-watches = You can be told of { $most } things at a time; please end one first

## Mail

mail-hello-nobody = Hello,
mail-hello = Hello { $name },
# How long a link is good.
mail-for-hours =
    { $count ->
        [one] one hour
       *[other] { $count } hours
    }
mail-for-days =
    { $count ->
        [one] one day
        [3] three days
        [7] seven days
       *[other] { $count } days
    }
mail-reset = Set a new password
mail-link-works-once = The link works once, for { $valid_for }.
mail-reset-asked = Somebody, we hope you, asked for a new password for your account. This link sets one. It works once, for { $valid_for }:
mail-reset-not-you = It was not you? Then do nothing: your password stays as it is.
mail-invitation = You are invited to work at { $shop }
mail-invitation-made = Somebody who runs { $shop } made an account for you. Choose a password with this link, and you can sign in. It works once, for { $valid_for }:
mail-invitation-choose = Choose a password
mail-invitation-unexpected = You did not expect this? Then do nothing: without a password the account opens to nobody.
mail-verify = Is this your e-mail address?
mail-verify-preview = One click, and we know where to write to.
mail-verify-made = An account was made with this address. Please say that it is yours, so that word of your orders reaches you:
mail-verify-yes = Yes, it is mine
mail-verify-no = You made no account? Then do nothing.
mail-confirm = Confirm your new account
mail-confirm-preview = One click, and your account is there.
mail-confirm-asked = Somebody, most likely you, asked for an account with this address. Confirm it within { $valid_for }, and sign in with the password that you chose:
mail-confirm-button = Confirm the account
mail-confirm-no = You did not ask for one? Then do nothing, and there will be none.
mail-changed = Your password was changed
mail-all-is-well = If it was you, all is well.
mail-changed-now = The password of your account was changed just now, and all other devices were signed out. If it was you, all is well.
mail-changed-not-you = If it was not you, set a new password at once and write to us:
mail-moved = Your e-mail address was changed
mail-moved-now = Your account now belongs to another e-mail address; this one no longer signs in to it. If it was you, all is well.
mail-moved-not-you = If it was not you, write to us at once:
mail-to-the-shop = Go to the shop
mail-reused = We signed one of your devices out
mail-reused-preview = Its sign-in may have been copied.
mail-reused-happened = An app signed in to your account on { $device } showed us a key that had been used before. That can happen when somebody copied it, so we signed this device out. To go on there, sign in again.
mail-reused-do = If you do not know this device, or it happens again, set a new password:
mail-webhook-failing = Nothing arrives at the webhook { $webhook }
mail-webhook-failing-happened = For a day, none of the messages to the webhook { $webhook } arrived at { $url }.
mail-webhook-failing-now = They are kept and tried again. When nothing has arrived for five days, the webhook is paused; nothing is lost by that. What was answered stands in its log.
mail-webhook-paused = The webhook { $webhook } is paused
mail-webhook-paused-failing = For five days, none of the messages to the webhook { $webhook } arrived at { $url }, so nothing is sent there for now.
mail-webhook-paused-asked = { $url } answered that it wants no messages any more, so nothing is sent to the webhook { $webhook } for now.
mail-webhook-paused-now = What happens is kept for thirty days. Resume the webhook when its receiver is ready, and all of it is sent.
mail-webhook-look = Look at the webhook
mail-watch-confirm = Shall we write to you about { $name }?
mail-watch-confirm-back = Somebody, most likely you, asked us to tell this address when { $name } is back in stock. Say that you want it:
mail-watch-confirm-price = Somebody, most likely you, asked us to tell this address when the price of { $name } drops. Say that you want it:
mail-watch-confirm-button = Yes, tell me
mail-watch-confirm-no = The link works for { $valid_for }. You did not ask for it? Then do nothing, and we do not write again.
mail-watch-back = { $name } is back in stock
mail-watch-back-happened = You wanted to know when this is back in stock. It is:
mail-watch-back-now = We tell those who asked first, and no more of them than there are pieces. We cannot put one aside for you, and we do not write about this again.
mail-watch-drop = { $name } costs less now
mail-watch-drop-happened = You wanted to know when the price of this drops. It did:
mail-watch-drop-now = We write again when it drops further, once a day at most.
mail-watch-price = { $price }
mail-watch-price-and-before = { $price } instead of { $before }
mail-watch-look = Look at it
mail-watch-stop = Do not write to me about this any more
mail-already = Somebody tried to register with your address
mail-already-preview = You have an account already; nothing was changed.
mail-already-have = Somebody tried to register with your address. You have an account already, and nothing was changed. If it was you, sign in:
mail-already-forgot = You do not remember the password? Set a new one:
mail-already-other = If it was somebody else, you need do nothing: they did not learn that you have an account.
mail-your-order = Your order { $number }
mail-order-preview = Thank you! We have your payment of { $total } and get your things ready.
mail-order-thanks = Thank you for your order
mail-order-paid = We have your payment and get your things ready.
mail-order-placed = We have your order and get your things ready.
mail-see-your-order = See your order
mail-order-we-write = We write again when it is on its way.
mail-order-is = This is order { $number } of { $date }.
mail-thank-you = Thank you!
mail-order-of = Order { $number } of { $date }
mail-bill-to = Bill to
mail-shipped = Order { $number } is on its way
mail-left-today = It left us today.
mail-with = With { $carrier }.
mail-with-number = With { $carrier }, number { $tracking }.
mail-shipped-heading = Your order is on its way
mail-follow = Follow the parcel
mail-delivery-to = Delivery to
mail-has-left = What you ordered as { $number } has left us.
mail-has-left-with = What you ordered as { $number } has left us with { $carrier }.
mail-tracking = Its tracking number is { $tracking }.
mail-tracking-number = Tracking number
mail-cancelled = Order { $number } was cancelled
mail-nothing-charged = Nothing was charged.
mail-cancelled-heading = Your order was cancelled
mail-by-hand = You get it in person or by transfer, as you paid.
mail-as-banks-go = It goes to the card or account that you paid with and takes five to ten working days, as banks go.
mail-see-the-order = See the order
mail-order-was-cancelled = Order { $number } of { $date } was cancelled.
mail-giving-back = We are giving you back { $amount }.
mail-refund = { $amount } back for order { $number }
mail-have-back = You have { $amount } back
mail-way-back = { $amount } is on its way back to you
mail-it-is-for = It is for { $lines }.
mail-given-back-all = We have given back { $amount }, all of what you paid, for order { $number } of { $date }.
mail-given-back = We have given back { $amount } for order { $number } of { $date }.
mail-late = Your payment for order { $number } came too late
mail-late-heading = Your payment came too late
mail-stays-cancelled = The order stays cancelled and nothing will be sent.
mail-all-goes-back = All of it goes back to the card or account that you paid with, by itself. That takes five to ten working days, as banks go.
mail-order-again = If you still want the goods, please order them again.
mail-came-late = Your payment of { $amount } came after order { $number } of { $date } had been cancelled.
mail-came-late-because = Your payment of { $amount } came after order { $number } of { $date } had been cancelled ({ $reason }).
mail-questions-or-call = Questions? Write to { $contact } or call { $phone }.
mail-questions = Questions? Write to { $contact }.
mail-item = Item
mail-amount = Amount
mail-questions-short = Questions?
mail-each = { $price } each
mail-notifications-of = { $kind }: { $count }
mail-notifications-more = And { $count } more
mail-notifications-daily =
    { $count ->
        [one] { $shop }: one thing happened since the last mail
       *[other] { $shop }: { $count } things happened since the last mail
    }
mail-notifications-choose = Choose what you are told of
mail-notifications-stop = No more mail of this kind ({ $kind })
mail-notifications-stop-daily = No more daily mail

## What staff are told

notification-new-order = New order
notification-new-order-paid = New order { $number } over { $total }
notification-new-order-offline = New order { $number } over { $total }, to be paid offline
notification-payment-failed = Payment failed
notification-payment-failed-only = A payment for order { $number } was declined
notification-payment-failed-why = A payment for order { $number } was declined: { $reason }
notification-payment-disputed = Payment disputed
notification-payment-disputed-of = The payment of order { $number } is disputed, or its dispute went a step on
notification-difference-found = Difference found
notification-difference-found-of = Stripe’s statement and our books differ about order { $number }
notification-difference-found-only = Stripe’s statement and our books differ
notification-low-stock = Low stock
notification-low-stock-of = Only { $left } left of { $name } ({ $sku })
notification-sold-out = Sold out
notification-sold-out-of = { $name } ({ $sku }) is sold out
notification-import-finished = Import finished
notification-import-finished-of =
    { $failures ->
        [0] The import of { $file } is done
        [one] The import of { $file } is done; one row was left out
       *[other] The import of { $file } is done; { $failures } rows were left out
    }
notification-import-failed-of = The import of { $file } failed
notification-webhook-paused = Webhook paused
notification-webhook-paused-of = The webhook { $name } is paused
notification-job-dead = Job given up
notification-job-dead-of = A job failed too often and was given up: { $job }
notification-mail-is-off = Such mail is off
notification-mail-is-off-text = You get no more mail of this kind: { $kind }. In the admin, under your notifications, you can have it again.
notification-mail-daily = Daily mail
notification-mail-stop = Stop this mail?
notification-mail-stop-text = You will get no more mail of this kind: { $kind }.
notification-mail-stop-button = Stop it
