mod status;
pub use status::{OrderStatus, PaymentStatus};
