//! What is known of the detail that is being read.

use super::Builder;
use crate::finding::Place;
use crate::format::layout::item::Item;
use crate::format::layout::view::View;

impl Builder {
    /// Where the open detail begins.
    pub fn place(&self) -> Option<&Place> {
        self.detail.as_ref().map(|detail| &detail.place)
    }

    /// Whether the open payment has a value for an item.
    pub fn has(&self, item: Item) -> bool {
        let Some(detail) = &self.detail else { return false };
        let view = View {
            payments: Some(&self.payments),
            group: Some(&detail.group),
            payment: Some(&detail.payment),
            extras: &self.extras,
            ..View::default()
        };
        view.get(item).is_some()
    }
}
