//! Logs of one's own, in sizes where tiles begin and end.

use sumdb::capture::Expected;
use sumdb::client::{Client, ClientFiles};
use sumdb::hash::record_hash;
use sumdb::own::{build_own_log, own_signer};
use sumdb::self_test::self_test;

use crate::log::Numbers;

#[test]
fn own_logs_of_all_sizes_are_believed() {
    let mut numbers = Numbers(4);
    for size in [1, 2, 255, 256, 257, 65_537] {
        let records: Vec<Expected> = (0..size)
            .map(|id| Expected {
                path: format!("example.com/m{id:06}"),
                version: "v1.0.0".into(),
                zip_h1: (id % 3 != 0).then(|| format!("h1:{}", record_hash(&format!("zip {id}")))),
                mod_h1: format!("h1:{}", record_hash(&format!("mod {id}"))),
            })
            .collect();
        let database = build_own_log(&own_signer(&records, [5; 32]).unwrap(), &records).unwrap();
        if size < 300 {
            assert_eq!(self_test(&database), Ok(()), "{size}");
        }
        let mut files = ClientFiles::default();
        let mut client = Client::new(&database.key, &database, &mut files);
        for _ in 0..20 {
            let want = &records[numbers.below(size) as usize];
            let record = client.lookup(&want.path, &want.version).unwrap();
            match &want.zip_h1 {
                Some(zip) => assert_eq!(
                    record.lines(&want.path, &want.version),
                    Ok((zip.as_str(), want.mod_h1.as_str()))
                ),
                None => assert_eq!(
                    record.mod_line(&want.path, &want.version),
                    Ok(want.mod_h1.as_str())
                ),
            }
        }
    }
}

#[test]
fn an_own_log_is_the_same_each_time() {
    let sum = format!("h1:{}", record_hash("x"));
    let records = [Expected {
        path: "a.example".into(),
        version: "v1.0.0".into(),
        zip_h1: Some(sum.clone()),
        mod_h1: sum,
    }];
    let signer = own_signer(&records, [5; 32]).unwrap();
    assert_eq!(
        build_own_log(&signer, &records),
        build_own_log(&signer, &records)
    );
}
