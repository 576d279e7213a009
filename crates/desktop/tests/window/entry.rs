//! The desktop entry, and the window that it opens.

/// A desktop that shows another name than the entry's gives the window neither its name nor its icon.
#[test]
fn the_desktop_entry_names_the_window() {
    let entry = include_str!("../../../../packaging/org.wattkey.Wattkey.desktop");
    let id = wattkey_desktop::window::APP_ID;
    let value = |key: &str| {
        let lines: Vec<_> = entry
            .lines()
            .filter_map(|line| line.strip_prefix(&format!("{key}=")))
            .collect();
        assert_eq!(lines.len(), 1, "{key} is there once");
        lines[0].to_owned()
    };
    assert_eq!(value("StartupWMClass"), id, "X11");
    assert_eq!(value("Icon"), id);
    let packaged = include_str!("../../../../packaging/deb");
    // Wayland finds the entry by the name of its file.
    assert!(packaged.contains(&format!("usr/share/applications/{id}.desktop")));
}
