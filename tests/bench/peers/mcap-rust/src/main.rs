//! The crate `mcap` as it is shipped: its indexed reader, log time order. (It checks no chunk checksums.)
use mcap::sans_io::indexed_reader::{IndexedReadEvent, IndexedReader, IndexedReaderOptions};
use mcap::sans_io::summary_reader::{SummaryReadEvent, SummaryReader};
use std::collections::HashMap;
use std::error::Error;
use std::fs::File;
use std::io::{stdin, BufRead, Read, Seek, SeekFrom};
use std::time::{Duration, Instant};

type Answer = Result<(Duration, Vec<String>), Box<dyn Error>>;

fn summary(file: &mut File) -> Result<mcap::Summary, Box<dyn Error>> {
    let mut reader = SummaryReader::new();
    while let Some(event) = reader.next_event() {
        match event? {
            SummaryReadEvent::ReadRequest(need) => {
                let got = file.read(reader.insert(need))?;
                reader.notify_read(got);
            }
            SummaryReadEvent::SeekRequest(to) => {
                reader.notify_seeked(file.seek(to)?);
            }
        }
    }
    reader.finish().ok_or_else(|| "no summary".into())
}

fn list(path: &str) -> Answer {
    let start = Instant::now();
    let mut file = File::open(path)?;
    let s = summary(&mut file)?;
    let counts = &s.stats.as_ref().ok_or("no statistics")?.channel_message_counts;
    let rows: Vec<(String, u64, String)> = s
        .channels
        .values()
        .map(|c| {
            let schema = c.schema.as_ref().map_or(String::new(), |x| x.name.clone());
            (c.topic.clone(), counts.get(&c.id).copied().unwrap_or(0), schema)
        })
        .collect();
    let took = start.elapsed();
    Ok((took, rows.iter().map(|(t, n, x)| format!("{t}\t={n}\t={x}")).collect()))
}

fn word(data: &[u8], at: usize) -> u32 {
    data.get(at..at + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
}

fn read(path: &str, topic: &str) -> Answer {
    let start = Instant::now();
    let mut file = File::open(path)?;
    let s = summary(&mut file)?;
    let mut options = IndexedReaderOptions::new();
    if !topic.is_empty() {
        options = options.include_topics([topic]);
    }
    let mut reader = IndexedReader::new_with_options(&s, options)?;
    let mut buffer = Vec::new();
    let mut seen: HashMap<u16, (u64, u32)> = HashMap::new();
    let (mut last, mut disorder) = (0u64, 0u64);
    while let Some(event) = reader.next_event() {
        match event? {
            IndexedReadEvent::ReadChunkRequest { offset, length } => {
                file.seek(SeekFrom::Start(offset))?;
                buffer.resize(length, 0);
                file.read_exact(&mut buffer)?;
                reader.insert_chunk_record_data(offset, &buffer)?;
            }
            IndexedReadEvent::Message { header, data } => {
                let t = header.log_time;
                disorder += u64::from(t < last);
                last = t;
                let row = seen.entry(header.channel_id).or_default();
                row.0 += 1;
                let w = t as u32 ^ (t >> 32) as u32 ^ word(data, 0) ^ word(data, 4);
                row.1 = row.1.wrapping_add(w.wrapping_mul(0x9E37_79B1));
            }
        }
    }
    let took = start.elapsed();
    let mut lines: Vec<String> =
        seen.iter().map(|(id, (n, d))| format!("{}\t={n}\t={d}", s.channels[id].topic)).collect();
    lines.push(format!("order\t={disorder}"));
    Ok((took, lines))
}

fn answer(words: &[&str]) -> Answer {
    match words {
        ["do", "mcap-list", path] => list(path),
        ["do", "mcap-read", path, topic] => read(path, topic),
        _ => Err("not my kind".into()),
    }
}

fn main() {
    println!("ready\tcrate mcap 0.26.0 (its indexed reader checks no chunk checksum)\t1");
    for line in stdin().lock().lines().map_while(Result::ok) {
        let words: Vec<&str> = line.split('\t').collect();
        match answer(&words) {
            Ok((took, lines)) => {
                for l in lines {
                    println!("v\t{l}");
                }
                println!("ns\t{}", took.as_nanos());
            }
            Err(e) => println!("error\t{}", e.to_string().replace(['\n', '\t'], " ")),
        }
    }
}
