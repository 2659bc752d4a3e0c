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

    /// What the open payment has for an item.
    pub fn value(&self, item: Item) -> Option<String> {
        let detail = self.detail.as_ref()?;
        let view = View {
            payments: Some(&self.payments),
            group: Some(&detail.group),
            payment: Some(&detail.payment),
            extras: &self.extras,
            ..View::default()
        };
        view.get(item).map(|value| value.text())
    }
}
