using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using WombatDb;

/// <summary>
/// A recorder of measurements with range queries.
/// <code>
/// recorder DATABASE record SERIES VALUE [TIME]     TIME as 2026-11-21T12:00:00Z; now without
/// recorder DATABASE show SERIES FROM TO            what was measured from FROM on and before TO, and its summary
/// recorder DATABASE demo SERIES COUNT              records COUNT values, a second apart, in batches
/// recorder DATABASE series                         the names of all series
/// </code>
/// </summary>
internal static class Recorder
{
    private const int RowsOfABatch = 1000;

    private static int Main(string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        if (arguments.Length < 2)
        {
            Console.Error.WriteLine("recorder DATABASE record|show|demo|series ...");
            return 2;
        }
        using WombatDatabase db = WombatDatabase.Open(arguments[0]);
        var measurements = new Measurements(db);
        switch (arguments[1])
        {
            case "record":
                DateTimeOffset time = arguments.Length > 4 ? Time(arguments[4]) : DateTimeOffset.UtcNow;
                measurements.Record(arguments[2], time, double.Parse(arguments[3]));
                return 0;
            case "show":
                Show(measurements.Between(arguments[2], Time(arguments[3]), Time(arguments[4])));
                return 0;
            case "demo":
                Demonstrate(db, measurements, arguments[2], int.Parse(arguments[3]));
                return 0;
            case "series":
                foreach (string series in measurements.Series())
                {
                    Console.WriteLine(series);
                }
                return 0;
            default:
                Console.Error.WriteLine($"recorder: no command {arguments[1]}");
                return 2;
        }
    }

    private static DateTimeOffset Time(string text) =>
        DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private static void Show(IEnumerable<KeyValuePair<DateTimeOffset, double>> rows)
    {
        int count = 0;
        double sum = 0, least = double.PositiveInfinity, most = double.NegativeInfinity;
        foreach (var (time, value) in rows)
        {
            Console.WriteLine($"{time:yyyy-MM-ddTHH:mm:ss.ffffffZ}  {value}");
            ++count;
            sum += value;
            least = Math.Min(least, value);
            most = Math.Max(most, value);
        }
        Console.WriteLine(count == 0 ? "nothing" : $"{count} values, from {least} to {most}, mean {sum / count:0.###}");
    }

    private static void Demonstrate(WombatDatabase db, Measurements measurements, string series, int count)
    {
        DateTimeOffset start = new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);
        using var batch = new WriteBatch();
        for (int i = 0; i < count; ++i)
        {
            measurements.Record(batch, series, start.AddSeconds(i), Math.Round(20 + 5 * Math.Sin(i / 100.0), 3));
            if (batch.Count == RowsOfABatch)
            {
                db.Write(batch);
                batch.Clear();
            }
        }
        db.Write(batch);
    }
}

/// <summary>Rows (series, time) -> value: those of a series stand together, in the order of time.</summary>
internal sealed class Measurements
{
    private readonly WombatDatabase _db;
    private readonly TypedStore<(string Series, DateTimeOffset Time), double> _rows;

    internal Measurements(WombatDatabase db)
    {
        _db = db;
        _rows = new(db, KeyCodecs.Pair(KeyCodecs.Text, KeyCodecs.Timestamp), ValueCodecs.Double);
    }

    internal void Record(string series, DateTimeOffset time, double value) => _rows.Put((series, time), value);

    internal void Record(WriteBatch batch, string series, DateTimeOffset time, double value) => _rows.Put(batch, (series, time), value);

    internal IEnumerable<KeyValuePair<DateTimeOffset, double>> Between(string series, DateTimeOffset from, DateTimeOffset to) =>
        _rows.Range((series, from), (series, to)).Select(row => KeyValuePair.Create(row.Key.Time, row.Value));

    /// <summary>One seek for each series, however many values it has.</summary>
    internal IEnumerable<string> Series()
    {
        using WombatIterator rows = _db.CreateIterator(new IteratorOptions { KeysOnly = true });
        byte[] from = [];
        while (rows.Seek(from))
        {
            string series = new KeyReader(rows.Key.ToArray()).ReadString();
            yield return series;
            // Behind the last point in time that there is.
            from = new KeyWriter().Append(series).Append(ulong.MaxValue).ToArray();
        }
    }
}
