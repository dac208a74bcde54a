//! Mail: says what happened, once, and escapes what people typed.

use secrecy::SecretString;
use shop::accounts::Permission;
use shop::email::{self, Mail, MailTransport, Mailer, MailerConfig};
use shop::orders::{self, CancelOrder, MoveOrder, ShipItem, ShipOrder};
use shop::testing::words::unsaid;
use shop::testing::{self, TestShop};
use shop::words::Locale;
use shop::{Error, worker};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

fn letter(key: &str) -> Mail {
    Mail {
        key: key.into(),
        to: "ada@example.org".into(),
        to_name: "Ada Lovelace".into(),
        subject: "Grüße\r\nBcc: everybody@example.org".into(),
        text: "Hello".into(),
        html: "<p>Hello</p>".into(),
        unsubscribe: None,
    }
}

#[tokio::test]
async fn the_confirmation_tells_all() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw <b>hammer</b> & more").priced(18_50).stock(5).await;
        // noon in Greenwich is the next day there
        shop.goes_by_the_clock_of("Pacific/Kiritimati").await;
        let placed = shop.order_of(&hammer, 2).await;
        shop.take_money(placed.order).await;
        worker::run_pending(shop).await.unwrap();
        let mail = shop.mailer.kept().pop().expect("a mail");
        assert_eq!((mail.to.as_str(), mail.to_name.as_str()), ("ada@example.org", "Ada Lovelace"));
        assert_eq!(mail.subject, format!("Your order {}", placed.number));
        let link = format!("http://localhost:3000/orders/{}?key={}", placed.number, placed.access_key);
        for part in [
            "Hello Ada",
            "of 15 November 2026",
            "2 x Claw <b>hammer</b> & more",
            "£37.00",
            "£41.95",
            "12 St James's Square",
            "\nPayment: Paid\nDelivery: Not shipped\n",
            "\nDelivery method: Standard\n",
            &link,
        ] {
            assert!(mail.text.contains(part), "{part}\n{}", mail.text);
        }
        for part in [
            "£37.00",
            "£41.95",
            "United Kingdom",
            &format!("{}?key=", placed.number),
            "My shop",
            "Payment: <strong>Paid</strong><br>Delivery: <strong>Not shipped</strong>",
        ] {
            assert!(mail.html.contains(part), "{part}\n{}", mail.html);
        }
        assert!(!mail.html.contains("<b>hammer"), "what people typed is escaped");
    })
    .await;
}

/// A mail says how the order stands, by the words of its page.
#[tokio::test]
async fn mails_have_the_words_of_the_page() {
    testing::shop(async |shop| {
        let clerk = shop.staff(&[Permission::OrdersRead, Permission::OrdersWrite, Permission::OrdersRefund]).await;
        let rasp = shop.product("Rasp").stock(9).await;
        let placed = shop.order_of(&rasp, 2).await;
        shop.take_money(placed.order).await;
        orders::process(shop, &clerk, placed.order, MoveOrder::default()).await.unwrap();
        let item = orders::for_staff(shop, &clerk, &placed.number).await.unwrap().items[0].id.to_string();
        let one = ShipItem { item_id: item.into(), quantity: "1".into() };
        orders::ship(shop, &clerk, placed.order, ShipOrder { items: vec![one], ..ShipOrder::default() }).await.unwrap();
        worker::run_pending(shop).await.unwrap();
        orders::ship(shop, &clerk, placed.order, ShipOrder::default()).await.unwrap();
        worker::run_pending(shop).await.unwrap();
        let given_up = shop.order_of(&rasp, 1).await;
        orders::cancel(shop, &clerk, given_up.order, CancelOrder { reason: "Twice".into() }).await.unwrap();
        worker::run_pending(shop).await.unwrap();
        let mails = shop.mailer.kept();
        let told: Vec<_> = mails.iter().filter(|mail| !mail.key.starts_with("order_confirmation")).collect();
        assert_eq!(told.len(), 3);
        for (mail, payment, fulfilment) in
            [(told[0], "Paid", "Partly shipped"), (told[1], "Paid", "Shipped"), (told[2], "Not paid", "Cancelled")]
        {
            assert!(mail.text.contains(&format!("\nPayment: {payment}\nDelivery: {fulfilment}\n")), "{}", mail.text);
            let html = format!("Payment: <strong>{payment}</strong><br>Delivery: <strong>{fulfilment}</strong>");
            assert!(mail.html.contains(&html), "{}", mail.html);
        }
    })
    .await;
}

#[tokio::test]
async fn a_customers_link_has_no_key() {
    testing::shop(async |shop| {
        let customer = shop.customer("ada@example.org").await;
        let visitor = shop.visitor_of(&customer);
        let visitor = shop.with_in_cart(visitor, shop.product("Rasp").await.variant, 1).await;
        let placed = shop.placed(&visitor).await;
        email::order_confirmation(shop, placed.order).await.unwrap();
        assert!(!shop.mailer.kept()[0].text.contains("key="));
    })
    .await;
}

#[tokio::test]
async fn account_mail() {
    testing::shop(async |shop| {
        let link = "http://localhost:3000/reset?token=abc".parse().unwrap();
        email::password_reset(shop, "1", "ada@example.org", "Ada", &link, "one hour").await.unwrap();
        email::verify_email(shop, "1", "ada@example.org", "", &link).await.unwrap();
        email::password_changed(shop, "1", "ada@example.org", "Ada", &link).await.unwrap();
        email::token_reused(shop, "1", "ada@example.org", "Ada", "Ada's phone", &link).await.unwrap();
        email::staff_invitation(shop, "1", "ada@example.org", "Ada", &link, "seven days").await.unwrap();
        let mails = shop.mailer.kept();
        assert_eq!(mails.len(), 5);
        for mail in mails {
            assert!(mail.text.contains(link.as_str()) && mail.html.contains(link.as_str()), "{}", mail.text);
        }
    })
    .await;
}

/// Fails without the claim in `sent`: both leave.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_message_leaves_once() {
    testing::shop(async |shop| {
        let mut racing = tokio::task::JoinSet::new();
        for _ in 0..10 {
            let shop = (**shop).clone();
            racing.spawn(async move { email::send(&shop, &letter("once")).await });
        }
        let done = racing.join_all().await;
        assert!(done.iter().all(|d| matches!(d, Ok(()) | Err(Error::Unavailable(_)))));
        email::send(shop, &letter("once")).await.unwrap();
        email::send(shop, &letter("another")).await.unwrap();
        assert_eq!(shop.mailer.kept().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_folder_of_mail() {
    let folder = std::env::temp_dir().join(format!("ironmonger-mail-{}", std::process::id()));
    let config = MailerConfig { from: "shop@localhost".into(), transport: MailTransport::Folder(folder.clone()) };
    let mut shop = TestShop::open().await;
    shop.mailer = Mailer::new(&config).unwrap();
    email::send(&shop, &letter("a")).await.unwrap();
    shop.clock.advance(chrono::TimeDelta::seconds(1));
    email::send(&shop, &Mail { subject: "The second".into(), ..letter("b") }).await.unwrap();
    let mails = email::list_folder(&folder).await.unwrap();
    assert_eq!(mails.len(), 2);
    assert_eq!((mails[0].subject.as_str(), mails[0].html.as_str()), ("The second", "<p>Hello</p>"));
    let first = email::read_folder(&folder, &mails[1].id).await.unwrap();
    assert_eq!(first.to, "ada@example.org");
    let raw = std::fs::read_to_string(folder.join(format!("{}.eml", first.id))).unwrap();
    assert!(
        raw.contains("To: \"Ada Lovelace\" <ada@example.org>") || raw.contains("To: Ada Lovelace <ada@example.org>"),
        "{raw}"
    );
    assert!(!raw.contains("\nBcc:"), "a subject is one line");
    // a sender without a name of its own has the shop's
    assert!(
        raw.contains("From: \"My shop\" <shop@localhost>") || raw.contains("From: My shop <shop@localhost>"),
        "{raw}"
    );
    for id in ["", "..", "../a", "a/b", "a.b", "nothing"] {
        assert!(matches!(email::read_folder(&folder, id).await, Err(Error::NotFound)), "{id}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
    shop.finish().await;
}

/// A mail server that takes everything, or is too busy for the first so many.
async fn mail_server(busy_for: usize) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let taken = Arc::new(Mutex::new(Vec::new()));
    let mails = taken.clone();
    tokio::spawn(async move {
        let mut busy = busy_for;
        while let Ok((stream, _)) = listener.accept().await {
            let (read, mut write) = stream.into_split();
            let mut lines = BufReader::new(read).lines();
            write.write_all(b"220 here\r\n").await.unwrap();
            while let Ok(Some(line)) = lines.next_line().await {
                let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
                let answer = match word.as_str() {
                    "MAIL" if busy > 0 => {
                        busy -= 1;
                        "451 too busy\r\n"
                    }
                    "DATA" => {
                        write.write_all(b"354 go on\r\n").await.unwrap();
                        let mut mail = String::new();
                        while let Ok(Some(line)) = lines.next_line().await {
                            if line == "." {
                                break;
                            }
                            mail.push_str(&line);
                            mail.push('\n');
                        }
                        mails.lock().unwrap().push(mail);
                        "250 taken\r\n"
                    }
                    "QUIT" => "221 bye\r\n",
                    _ => "250 well\r\n",
                };
                if write.write_all(answer.as_bytes()).await.is_err() {
                    break;
                }
            }
        }
    });
    (url, taken)
}

#[tokio::test]
async fn over_smtp_and_again_when_the_server_is_busy() {
    let (url, taken) = mail_server(1).await;
    let mut shop = TestShop::open().await;
    let transport = MailTransport::Smtp(SecretString::from(url));
    shop.mailer = Mailer::new(&MailerConfig { from: "Shop <shop@localhost>".into(), transport }).unwrap();
    let busy = email::send(&shop, &letter("a")).await;
    assert!(matches!(busy, Err(Error::Unavailable(_))), "{busy:?}");
    for _ in 0..2 {
        email::send(&shop, &letter("a")).await.unwrap();
    }
    let taken = taken.lock().unwrap().clone();
    assert_eq!(taken.len(), 1);
    assert!(taken[0].contains("multipart/alternative") && taken[0].contains("Message-ID: <"), "{}", taken[0]);
    shop.finish().await;
}

/// RFC 8058: one address in angle brackets, whole on its line, and the word that says what a POST there does.
#[tokio::test]
async fn a_mail_says_how_to_unsubscribe() {
    let (url, taken) = mail_server(0).await;
    let mut shop = TestShop::open().await;
    let transport = MailTransport::Smtp(SecretString::from(url));
    shop.mailer = Mailer::new(&MailerConfig { from: "Shop <shop@localhost>".into(), transport }).unwrap();
    let address = format!("https://shop.example/unsubscribe?key={}", "abc.DEF_123-".repeat(20));
    let unsubscribe = Some(address.parse().unwrap());
    email::send(&shop, &Mail { unsubscribe, ..letter("a") }).await.unwrap();
    email::send(&shop, &letter("b")).await.unwrap();
    let taken = taken.lock().unwrap().clone();
    let header = |mail: &str, name: &str| mail.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned));
    assert_eq!(header(&taken[0], "List-Unsubscribe: "), Some(format!("<{address}>")), "{}", taken[0]);
    let one_click = Some("List-Unsubscribe=One-Click".to_owned());
    assert_eq!(header(&taken[0], "List-Unsubscribe-Post: "), one_click, "{}", taken[0]);
    assert!(!taken[1].contains("List-Unsubscribe"), "{}", taken[1]);
    shop.finish().await;
}

/// The server knows nothing of SMTPUTF8. Fails without the ASCII form in `Mailer::message`: lettre refuses to send.
#[tokio::test]
async fn to_a_domain_in_other_letters() {
    let (url, taken) = mail_server(0).await;
    let mut shop = TestShop::open().await;
    let transport = MailTransport::Smtp(SecretString::from(url));
    shop.mailer = Mailer::new(&MailerConfig { from: "Shop <shop@localhost>".into(), transport }).unwrap();
    // as orders kept it that were placed earlier
    email::send(&shop, &Mail { to: "ada@bücher.example".into(), ..letter("a") }).await.unwrap();
    let taken = taken.lock().unwrap().clone();
    assert!(taken[0].contains("<ada@xn--bcher-kva.example>"), "{}", taken[0]);
    shop.finish().await;
}

/// What the owner and the customers have written. The goods are in capital letters.
const DATA: &[&str] = &[
    "My shop",
    "hello@shop.example",
    // so many of them
    " x ",
    "Standard",
    "Ada",
    "Lovelace",
    "12 St James's Square",
    "12 St James&#39;s Square",
    "London",
    "https://",
    "http://localhost:3000/",
];

/// Fails for a mail that says something past `words/en.ftl`.
#[tokio::test]
async fn mails_speak_the_language_of_the_shop() {
    let mut shop = testing::TestShop::open().await;
    shop.locale = Locale::Pseudo;
    let link = "http://localhost:3000/".parse().unwrap();
    email::password_reset(&shop, "1", "ada@example.org", "Ada", &link, "1").await.unwrap();
    email::verify_email(&shop, "1", "ada@example.org", "", &link).await.unwrap();
    email::confirm_account(&shop, "1", "ada@example.org", "", &link, "1").await.unwrap();
    email::already_registered(&shop, "1", "ada@example.org", "Ada", &link, &link).await.unwrap();
    email::password_changed(&shop, "1", "ada@example.org", "Ada", &link).await.unwrap();
    email::email_changed(&shop, "1", "ada@example.org", "Ada", &link).await.unwrap();
    email::token_reused(&shop, "1", "ada@example.org", "Ada", "PHONE", &link).await.unwrap();
    email::staff_invitation(&shop, "1", "ada@example.org", "Ada", &link, "1").await.unwrap();
    let rasp = shop.product("RASP").stock(9).await;
    let paid = shop.order_of(&rasp, 2).await;
    shop.take_money(paid.order).await;
    email::order_confirmation(&shop, paid.order).await.unwrap();
    email::order_cancelled(&shop, shop.order_of(&rasp, 1).await.order).await.unwrap();
    let placed = shop.order_of(&rasp, 3).await;
    shop.take_money(placed.order).await;
    let staff = shop.admin().await;
    orders::process(&shop, &staff, placed.order, Default::default()).await.unwrap();
    let parcel = ShipOrder { carrier: "DPD".into(), tracking: "1Z".into(), ..ShipOrder::default() };
    let shipment = orders::ship(&shop, &staff, placed.order, parcel).await.unwrap();
    email::order_shipped(&shop, shipment).await.unwrap();
    email::late_payment(&shop, placed.payment).await.unwrap();
    shop.give_money_back(paid.order).await;
    let back = "update refunds set cause = 'damaged', reason = 'BENT' where order_id = $1 returning id";
    let back = sqlx::query_scalar(back).bind(paid.order).fetch_one(&shop.db).await.unwrap();
    email::refund_notice(&shop, back).await.unwrap();
    let mails = shop.mailer.kept();
    assert!(mails.len() >= 13, "{mails:#?}");
    for kind in ["order_shipped:", "late_payment:", "refund:"] {
        assert!(mails.iter().any(|mail| mail.key.starts_with(kind)), "{kind}");
    }
    for mail in mails {
        // the key of a guest's order is of any letters
        let text: Vec<_> = mail.text.lines().map(|line| line.split("http").next().unwrap_or_default()).collect();
        let found = [mail.subject.clone(), text.join("\n"), mail.html.clone()].map(|part| unsaid(&part, DATA));
        assert!(found.iter().all(|found| found.is_empty()), "{}: {found:#?}", mail.key);
    }
    shop.finish().await;
}
