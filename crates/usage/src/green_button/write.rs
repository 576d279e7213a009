//! Writes load curves as a feed.

use jiff::Timestamp;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use sha2::{Digest as _, Sha256};
use wattkey_domain::usage::{Channel, LoadCurve, Mark, Step};

use super::time::{RuleError, TimeRule};

/// Where the resources of our feeds live; nothing answers there.
const BASE: &str = "/espi/1_1/resource/RetailCustomer/1/UsagePoint";
/// `quality` of ESPI: estimated from a day like it, and questionable.
const ESTIMATED: &str = "8";
const QUESTIONABLE: &str = "10";

/// Writes a feed. Missing values are left out, estimated and suspect ones say so; each channel has
/// the coarsest unit of kWh, Wh and mWh in which all of its values are whole.
///
/// # Errors
/// [`RuleError`] for a time zone whose daylight saving no rule of ESPI says.
pub fn write(curves: &[&LoadCurve], updated: Timestamp) -> Result<Vec<u8>, RuleError> {
    let updated = updated.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut xml = Xml {
        writer: Writer::new_with_indent(Vec::new(), b' ', 1),
        updated,
    };
    xml.event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
    let feed = BytesStart::new("feed").with_attributes([("xmlns", "http://www.w3.org/2005/Atom")]);
    xml.event(Event::Start(feed));
    xml.text("id", &uuid("feed"));
    xml.text("title", "Load curves");
    let updated = xml.updated.clone();
    xml.text("updated", &updated);
    for curve in curves {
        point(&mut xml, curve)?;
    }
    xml.event(Event::End(BytesEnd::new("feed")));
    Ok(xml.writer.into_inner())
}

fn point(xml: &mut Xml, curve: &LoadCurve) -> Result<(), RuleError> {
    let href = format!("{BASE}/{}", curve.point());
    let time = format!("{href}/LocalTimeParameters/1");
    let meters = format!("{href}/MeterReading");
    let point = curve.point().to_string();
    let related = [meters.as_str(), time.as_str()];
    xml.entry(&href, BASE, &related, &point, |xml| {
        xml.espi("UsagePoint", |xml| {
            xml.within("ServiceCategory", |xml| xml.text("kind", "0"));
        });
    });
    let rule = TimeRule::of(curve.zone(), curve.at(0))?;
    xml.entry(
        &time,
        &format!("{href}/LocalTimeParameters"),
        &[],
        "Local time",
        |xml| {
            xml.espi("LocalTimeParameters", |xml| {
                xml.text("dstEndRule", &format!("{:08X}", rule.dst_end));
                xml.text("dstOffset", &rule.dst_seconds.to_string());
                xml.text("dstStartRule", &format!("{:08X}", rule.dst_start));
                xml.text("tzOffset", &rule.offset_seconds.to_string());
            });
        },
    );
    for channel in curve.channels() {
        let power = power_of_ten(curve, channel);
        let meter = format!("{meters}/{channel}");
        let kind = format!("{meter}/ReadingType");
        let blocks = format!("{meter}/IntervalBlock");
        let title = channel.as_str();
        xml.entry(
            &meter,
            &meters,
            &[blocks.as_str(), kind.as_str()],
            title,
            |xml| {
                xml.espi("MeterReading", |_| {});
            },
        );
        xml.entry(&kind, &meter, &[], title, |xml| {
            reading_type(xml, curve, channel, power);
        });
        for month in curve.totals(Step::Month) {
            let href = format!("{blocks}/{}", month.date.strftime("%Y-%m"));
            let span = (month.from, month.to);
            xml.entry(&href, &blocks, &[], title, |xml| {
                block(xml, curve, channel, span, power);
            });
        }
    }
    Ok(())
}

/// ESPI's power of ten of a watt-hour, such that all values are whole.
fn power_of_ten(curve: &LoadCurve, channel: Channel) -> i32 {
    let whole = |milli: i64| {
        let mut all = (0..curve.len()).map(|index| curve.value(channel, index).energy.milli());
        all.all(|energy| energy % milli == 0)
    };
    if whole(1_000_000) {
        3
    } else if whole(1_000) {
        0
    } else {
        -3
    }
}

fn reading_type(xml: &mut Xml, curve: &LoadCurve, channel: Channel, power: i32) {
    let (flow, uom) = match channel {
        Channel::ActiveImport => ("1", "72"),
        Channel::ActiveExport => ("19", "72"),
        Channel::ReactiveImport => ("1", "73"),
        Channel::ReactiveExport => ("19", "73"),
    };
    xml.espi("ReadingType", |xml| {
        xml.text("accumulationBehaviour", "4");
        xml.text("commodity", "1");
        xml.text("dataQualifier", "12");
        xml.text("defaultQuality", "0");
        xml.text("flowDirection", flow);
        xml.text("intervalLength", &curve.resolution().seconds().to_string());
        xml.text("kind", "12");
        xml.text("powerOfTenMultiplier", &power.to_string());
        xml.text("uom", uom);
    });
}

fn block(
    xml: &mut Xml,
    curve: &LoadCurve,
    channel: Channel,
    (from, to): (Timestamp, Timestamp),
    power: i32,
) {
    let seconds = curve.resolution().seconds().to_string();
    let unit = 10_i64.pow((power + 3).unsigned_abs());
    let period = |xml: &mut Xml, name: &str, duration: &str, start: Timestamp| {
        xml.within(name, |xml| {
            xml.text("duration", duration);
            xml.text("start", &start.as_second().to_string());
        });
    };
    xml.espi("IntervalBlock", |xml| {
        let length = to.as_second() - from.as_second();
        period(xml, "interval", &length.to_string(), from);
        let past = (from.as_second() - curve.at(0).as_second()).max(0);
        let first = usize::try_from(past / i64::from(curve.resolution().seconds())).unwrap_or(0);
        for index in (first..curve.len()).take_while(|index| curve.at(*index) < to) {
            if curve.at(index) < from {
                continue;
            }
            let value = curve.value(channel, index);
            let quality = match value.mark {
                Mark::Missing => continue,
                Mark::Measured => None,
                Mark::Estimated => Some(ESTIMATED),
                Mark::Suspect => Some(QUESTIONABLE),
            };
            xml.within("IntervalReading", |xml| {
                if let Some(quality) = quality {
                    xml.within("ReadingQuality", |xml| xml.text("quality", quality));
                }
                period(xml, "timePeriod", &seconds, curve.at(index));
                xml.text("value", &(value.energy.milli() / unit).to_string());
            });
        }
    });
}

/// A name for an entry that is the same in each feed (RFC 9562 §5.8).
fn uuid(name: &str) -> String {
    let digest = Sha256::digest(format!("wattkey green button {name}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    let id = uuid::Builder::from_custom_bytes(bytes).into_uuid();
    format!("urn:uuid:{}", id.hyphenated())
}

/// Writes elements into memory, where nothing can fail.
struct Xml {
    writer: Writer<Vec<u8>>,
    updated: String,
}

impl Xml {
    fn entry(
        &mut self,
        href: &str,
        up: &str,
        related: &[&str],
        title: &str,
        content: impl FnOnce(&mut Self),
    ) {
        let updated = self.updated.clone();
        self.within("entry", |xml| {
            xml.text("id", &uuid(href));
            let links = [("self", href), ("up", up)].into_iter();
            for (rel, href) in links.chain(related.iter().map(|href| ("related", *href))) {
                let link = BytesStart::new("link").with_attributes([("rel", rel), ("href", href)]);
                xml.event(Event::Empty(link));
            }
            xml.text("title", title);
            xml.within("content", content);
            xml.text("published", &updated);
            xml.text("updated", &updated);
        });
    }

    /// An element with ESPI's namespace.
    fn espi(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        let start = BytesStart::new(name).with_attributes([("xmlns", "http://naesb.org/espi")]);
        self.event(Event::Start(start));
        content(self);
        self.event(Event::End(BytesEnd::new(name)));
    }

    fn within(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.event(Event::Start(BytesStart::new(name)));
        content(self);
        self.event(Event::End(BytesEnd::new(name)));
    }

    fn text(&mut self, name: &str, text: &str) {
        self.within(name, |xml| xml.event(Event::Text(BytesText::new(text))));
    }

    fn event(&mut self, event: Event<'_>) {
        self.writer
            .write_event(event)
            .expect("writing to memory does not fail");
    }
}
