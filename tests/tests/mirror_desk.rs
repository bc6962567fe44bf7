//! The desk and its copy on the mirror's disk: of the two the newer is the source, whichever side it is on, and a
//! mirror that is gone is not written beside itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use catalog::{Catalog, Error, JournalHome, Until, restore};
use fond_tests::shared::{quiet, sound, write};

/// A data folder and its mirror, with what keeps them.
struct Two {
    home: tempfile::TempDir,
    data: PathBuf,
    mirror: PathBuf,
}

impl Two {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let (data, mirror) = (home.path().join("data"), home.path().join("mirror"));
        fs::create_dir(&mirror).unwrap();
        Self { home, data, mirror }
    }

    fn try_open(&self) -> Result<Catalog, Error> {
        let home = JournalHome::Mirrored(self.mirror.clone());
        Catalog::open_at(&self.data, &home, &mut quiet())
    }

    fn open(&self) -> Catalog {
        self.try_open().unwrap()
    }

    fn aside(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }
}

fn password(catalog: &Catalog, name: &str) -> Option<String> {
    catalog.desk().get("passwords", name).unwrap()
}

fn set(catalog: &Catalog, name: &str, value: &str) {
    catalog.desk().put("passwords", name, &value).unwrap();
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(copied.unwrap().success());
}

/// The only note of a bucket in this desk.
fn note(folder: &Path, bucket: &str) -> PathBuf {
    let files = fs::read_dir(folder.join("desk").join(bucket)).unwrap();
    let mut paths = files.map(|file| file.unwrap().path());
    paths
        .find(|path| path.extension().is_some_and(|e| e == "json"))
        .unwrap()
}

#[test]
fn an_old_copy_of_the_data_folder_takes_the_newer_passwords_of_the_mirror() {
    let two = Two::new();
    let catalog = two.open();
    set(&catalog, "adm", "старый");
    set(&catalog, "left", "ушёл");
    drop(catalog);
    copy(&two.data, &two.aside("old"));
    let catalog = two.open();
    set(&catalog, "adm", "новый");
    set(&catalog, "ivan", "принят");
    catalog.desk().erase("passwords", "left").unwrap();
    write(&catalog, "a").unwrap();
    drop(catalog);
    fs::remove_dir_all(&two.data).unwrap();
    fs::rename(two.aside("old"), &two.data).unwrap();

    for _ in 0..2 {
        let catalog = two.open();
        assert_eq!(password(&catalog, "adm").as_deref(), Some("новый"));
        assert_eq!(password(&catalog, "ivan").as_deref(), Some("принят"));
        assert_eq!(password(&catalog, "left"), None, "it stays erased");
        sound(&catalog);
    }
}

#[test]
fn a_desk_or_a_bucket_that_is_gone_comes_from_the_mirror() {
    let two = Two::new();
    set(&two.open(), "adm", "хеш");
    for gone in ["desk", "desk/passwords"] {
        fs::remove_dir_all(two.data.join(gone)).unwrap();
        let catalog = two.open();
        assert_eq!(password(&catalog, "adm").as_deref(), Some("хеш"), "{gone}");
        sound(&catalog);
    }
    fs::remove_dir_all(two.mirror.join("desk")).unwrap();
    drop(two.open());
    fs::remove_dir_all(&two.data).unwrap();
    assert_eq!(password(&two.open(), "adm").as_deref(), Some("хеш"));
}

#[test]
fn a_note_that_one_disk_lost_or_spoilt_comes_from_the_other() {
    let two = Two::new();
    set(&two.open(), "adm", "хеш");
    let (own, other) = (note(&two.data, "passwords"), note(&two.mirror, "passwords"));
    let whole = fs::read(&own).unwrap();
    let spoil = |path: &Path| fs::write(path, &whole[..20]).unwrap();
    spoil(&own);
    sound(&two.open());
    spoil(&other);
    let catalog = two.open();
    assert_eq!(fs::read(&other).unwrap(), whole);
    spoil(&other);
    let report = catalog.verify(false, &mut quiet()).unwrap();
    let named = other.display().to_string();
    assert!(
        report.problems.iter().any(|p| p.contains(&named)),
        "{report:?}"
    );
    drop(catalog);
    fs::remove_file(&own).unwrap();
    fs::write(&other, &whole).unwrap();
    assert_eq!(password(&two.open(), "adm").as_deref(), Some("хеш"));
}

#[test]
fn two_desks_that_went_each_its_own_way_are_not_joined() {
    let two = Two::new();
    set(&two.open(), "adm", "общий");
    set(&Catalog::open(&two.data).unwrap(), "adm", "один");
    set(&Catalog::open(&two.mirror).unwrap(), "adm", "другой");
    set(&Catalog::open(&two.mirror).unwrap(), "adm", "третий");
    let told = two.try_open().err().unwrap().to_string();
    for side in [&two.data, &two.mirror] {
        let named = side.join("desk/passwords").display().to_string();
        assert!(told.contains(&named), "{told}");
    }
    fs::rename(two.data.join("desk/passwords"), two.aside("unwanted")).unwrap();
    assert_eq!(password(&two.open(), "adm").as_deref(), Some("третий"));
}

#[test]
fn a_desk_of_an_older_program_stands_as_the_data_folder_has_it() {
    let two = Two::new();
    set(&two.open(), "adm", "хеш");
    for (side, hash) in [(&two.data, "новый"), (&two.mirror, "старый")] {
        let note = note(side, "passwords");
        let bucket = note.parent().unwrap().to_owned();
        fs::remove_dir_all(&bucket).unwrap();
        fs::create_dir(&bucket).unwrap();
        let text = format!("{{\"key\":\"adm\",\"value\":\"{hash}\"}}");
        fs::write(note, text).unwrap();
    }
    assert_eq!(password(&two.open(), "adm").as_deref(), Some("новый"));
    for side in [&two.data, &two.mirror] {
        let text = fs::read_to_string(note(side, "passwords")).unwrap();
        assert!(text.contains("новый") && text.contains("\"sum\""), "{text}");
    }
}

#[test]
fn what_a_backup_restored_is_newer_than_a_mirror_that_was_long_away() {
    let two = Two::new();
    let catalog = two.open();
    set(&catalog, "adm", "старый");
    catalog.desk().put("tokens", "key", &1).unwrap();
    drop(catalog);
    let alone = Catalog::open(&two.data).unwrap();
    set(&alone, "adm", "новый");
    alone.desk().erase("tokens", "key").unwrap();
    let file = two.aside("copy");
    alone
        .backup(&file, jiff::Timestamp::UNIX_EPOCH, &mut quiet())
        .unwrap();
    drop(alone);
    fs::remove_dir_all(&two.data).unwrap();
    restore(&file, &two.data, Until::Head, &mut quiet()).unwrap();
    let catalog = two.open();
    assert_eq!(password(&catalog, "adm").as_deref(), Some("новый"));
    let key: Option<i32> = catalog.desk().get("tokens", "key").unwrap();
    assert_eq!(key, None, "a key that was taken back stays taken back");
    drop(catalog);
    let other = Catalog::open(&two.mirror).unwrap();
    assert_eq!(password(&other, "adm").as_deref(), Some("новый"));
}

#[test]
fn a_mirror_that_is_gone_is_not_written_beside_itself() {
    let two = Two::new();
    let catalog = two.open();
    write(&catalog, "a").unwrap();
    set(&catalog, "adm", "хеш");
    let aside = two.aside("gone");
    fs::rename(&two.mirror, &aside).unwrap();
    let refused = catalog.desk().put("passwords", "adm", &"другой");
    let refused = refused.err().unwrap().to_string();
    assert!(refused.contains("--mirror"), "{refused}");
    assert!(!two.mirror.exists(), "nothing is made in its place");
    // The mount point of a disk that was taken away.
    fs::create_dir_all(two.mirror.join("desk")).unwrap();
    assert!(catalog.desk().erase("passwords", "adm").is_err());
    assert!(catalog.desk().put("tokens", "new", &1).is_err());
    assert_eq!(fs::read_dir(two.mirror.join("desk")).unwrap().count(), 0);
    let refused = write(&catalog, "b").err().unwrap().to_string();
    assert!(refused.contains("--mirror"), "{refused}");
    assert_eq!(password(&catalog, "adm").as_deref(), Some("хеш"));

    fs::remove_dir_all(&two.mirror).unwrap();
    fs::rename(&aside, &two.mirror).unwrap();
    write(&catalog, "b").unwrap();
    set(&catalog, "adm", "другой");
    drop(catalog);
    assert_eq!(password(&two.open(), "adm").as_deref(), Some("другой"));
    sound(&two.open());
}

#[test]
fn a_write_that_one_disk_refused_leaves_both_alike() {
    let two = Two::new();
    let catalog = two.open();
    set(&catalog, "adm", "один");
    let barrier = note(&two.data, "passwords").with_extension("new");
    fs::create_dir(&barrier).unwrap();
    let refused = catalog.desk().put("passwords", "adm", &"два");
    assert!(refused.is_err());
    fs::remove_dir(&barrier).unwrap();
    set(&catalog, "ivan", "три");
    let both = [two.data.clone(), two.mirror.clone()].map(|side| {
        let files = fs::read_dir(side.join("desk/passwords")).unwrap();
        let paths = files.map(|file| file.unwrap().path());
        let mut files: Vec<_> = paths
            .map(|path| {
                (
                    path.file_name().unwrap().to_owned(),
                    fs::read(&path).unwrap(),
                )
            })
            .collect();
        files.sort();
        files
    });
    assert_eq!(both[0], both[1]);
}
