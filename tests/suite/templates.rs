//! Every template that the program brings along holds what it says.

use std::path::Path;

use bankferry::template::{self, prove};

fn no_folder() -> &'static Path {
    Path::new("/nonexistent")
}

#[test]
fn every_example_is_read_and_written_back_byte_for_byte() {
    let mut wrong = Vec::new();
    for (name, source) in template::built_in() {
        match template::read_template(no_folder(), name, source) {
            Err(error) => wrong.push(format!("{name}: {error}")),
            Ok(found) => {
                assert_eq!(found.name, name, "the name in the file");
                let find = |file: &str| template::example(name, file).map(<[u8]>::to_vec);
                wrong.extend(prove::prove(&found, &find).into_iter().map(|what| format!("{name}: {}", what.en)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
