//! What the loader makes of grafted programs. The kernel and the C library are the judges.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::process::Command;

use graft::Engine;

use crate::program::{Linked, Shop, output, run, shown};
use crate::synthetic::ungraft;

const ALIVE: &str = "sum 8355840, brk heap true, thread Ok(1048576), unwound true";

#[test]
fn a_program_sees_its_archive_however_it_is_linked() {
    let shop = Shop::open();
    for linked in Linked::ALL {
        let engine = shop.engine(linked);
        assert_eq!(run(&engine, &[]), "none", "{linked:?}");
        let alone = matches!(linked, Linked::StaticPie | Linked::StaticFixed);
        let inspected = Engine::inspect(File::open(&engine).unwrap()).unwrap();
        assert_eq!(inspected.is_static(), alone, "{linked:?}");
        for len in [0, 1, 4095, 4096, 4097, 65535, 65536, 65537, 1_000_000] {
            let archive: Vec<u8> = (0..len).map(|i| (i % 251) as u8).collect();
            assert_eq!(
                run(&shop.graft(&engine, &archive), &[]),
                shown(&archive),
                "{linked:?}"
            );
        }
    }
}

#[test]
fn heap_threads_and_unwinding_work_below_and_above_an_archive() {
    let shop = Shop::open();
    for linked in Linked::ALL {
        let engine = shop.engine(linked);
        assert_eq!(run(&engine, &["alive"]), ALIVE, "{linked:?}");
        for len in [0, 1, 10_000_000] {
            assert_eq!(
                run(&shop.graft(&engine, &vec![1; len]), &["alive"]),
                ALIVE,
                "{linked:?}"
            );
        }
    }
}

#[test]
fn the_second_graft_replaces_the_first_and_ungrafting_gives_back_the_engine() {
    let shop = Shop::open();
    for linked in Linked::ALL {
        let engine = shop.engine(linked);
        let content = std::fs::read(&engine).unwrap();
        let direct = std::fs::read(shop.graft(&engine, b"second")).unwrap();

        let first = shop.folder().join("first");
        std::fs::rename(shop.graft(&engine, &[1; 100_000]), &first).unwrap();
        let second = shop.graft(&first, b"second");
        assert_eq!(run(&second, &[]), shown(b"second"));
        assert!(
            std::fs::read(&second).unwrap() == direct,
            "{linked:?}: the bytes differ"
        );

        assert!(
            ungraft(&std::fs::read(&second).unwrap()) == content,
            "{linked:?}: the engine differs"
        );
        assert!(
            std::fs::read(&engine).unwrap() == content,
            "{linked:?}: the engine was changed"
        );
    }
}

#[test]
fn an_archive_of_4_gib_is_mapped_at_once_and_read_where_it_is_touched() {
    const LEN: u64 = (4 << 30) + 5;
    let shop = Shop::open();
    for linked in Linked::ALL {
        let engine = shop.engine(linked);
        // Holes of a sparse file take no room on the disk.
        let program = shop.graft_with(&engine, |archive| {
            archive.write_all(b"F")?;
            archive.seek(SeekFrom::Start(LEN - 1))?;
            archive.write_all(b"L")
        });
        assert_eq!(
            run(&program, &["ends"]),
            format!("{LEN} Some(70) Some(76)"),
            "{linked:?}"
        );
        assert_eq!(run(&program, &["alive"]), ALIVE, "{linked:?}");
    }
}

#[test]
fn readelf_shows_one_more_segment_and_finds_no_fault() {
    let shop = Shop::open();
    for linked in Linked::ALL {
        let engine = shop.engine(linked);
        let program = shop.graft(&engine, &[1; 12345]);
        let (before, after) = [&engine, &program]
            .map(|file| output(Command::new("readelf").arg("-lW").arg(file)))
            .into();
        let loads = |text: &str| text.matches("\n  LOAD ").count();
        assert_eq!(loads(&after), loads(&before) + 1);
        assert!(
            !after.contains("arning") && !after.contains("rror"),
            "{after}"
        );
        let ours = after
            .lines()
            .rfind(|line| line.starts_with("  LOAD "))
            .unwrap();
        assert!(
            ours.contains(" 0x4352416761626f67 0x003039 0x003039 R   0x"),
            "{ours}"
        );
    }
}

#[test]
fn a_program_without_interpreter_runs_in_a_folder_with_nothing_else() {
    let shop = Shop::open();
    for linked in [Linked::StaticPie, Linked::StaticFixed] {
        let program = shop.graft(&shop.engine(linked), b"archive");
        let root = shop.folder().join("root");
        std::fs::create_dir_all(&root).unwrap();
        std::fs::rename(program, root.join("program")).unwrap();
        let mut inside = if output(Command::new("id").arg("-u")) == "0" {
            Command::new("chroot")
        } else {
            let mut unshare = Command::new("unshare");
            unshare.args(["--map-root-user", "chroot"]);
            unshare
        };
        inside.arg(root).arg("/program");
        assert_eq!(output(&mut inside), shown(b"archive"), "{linked:?}");
    }
}

#[test]
fn a_program_runs_when_its_interpreter_is_started_with_it() {
    let shop = Shop::open();
    let program = shop.graft(&shop.engine(Linked::Dynamic), b"archive");
    let headers = output(Command::new("readelf").arg("-lW").arg(&program));
    let (_, rest) = headers.split_once("program interpreter: ").unwrap();
    let interpreter = rest.split(']').next().unwrap();
    assert_eq!(
        output(Command::new(interpreter).arg(&program)),
        shown(b"archive")
    );
}

#[test]
fn a_program_runs_without_randomised_addresses() {
    let shop = Shop::open();
    for linked in Linked::ALL {
        let program = shop.graft(&shop.engine(linked), &[1; 10_000_000]);
        assert_eq!(
            output(Command::new("setarch").arg("-R").arg(&program).arg("alive")),
            ALIVE,
            "{linked:?}"
        );
    }
}

#[test]
fn a_program_opens_no_file_for_its_archive() {
    let shop = Shop::open();
    for linked in Linked::ALL {
        let program = shop.graft(&shop.engine(linked), b"archive");
        let trace = output(
            Command::new("strace")
                .arg("-e")
                .arg("trace=open,openat,openat2")
                .arg(&program),
        );
        assert!(trace.contains(&shown(b"archive")), "{trace}");
        let itself: Vec<&str> = trace
            .lines()
            .filter(|line| line.contains("/program\"") || line.contains("exe"))
            .collect();
        assert_eq!(itself, [""; 0], "{linked:?}");
        // The start of a Rust program looks for the bounds of its stack in this one.
        let others = trace
            .lines()
            .filter(|line| line.starts_with("open") && !line.contains("/proc/self/maps"))
            .count();
        let has_interpreter = !matches!(linked, Linked::StaticPie | Linked::StaticFixed);
        assert_eq!(others > 0, has_interpreter, "{trace}");
    }
}
