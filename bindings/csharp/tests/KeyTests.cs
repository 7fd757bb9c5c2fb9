using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Xunit;

namespace WombatDb.Tests;

/// <summary>Keys and values of types. WOMBAT_KEY_VECTORS names the file that all languages share.</summary>
public sealed class KeyTests : TestDatabase
{
    private static byte[] Hex(string value) => Convert.FromHexString(value.Replace("-", ""));

    private static double Real(string value) => BitConverter.UInt64BitsToDouble(Convert.ToUInt64(value, 16));

    private static DateTimeOffset Time(string value) => DateTimeOffset.UnixEpoch.AddTicks(10 * long.Parse(value));

    private static void Write(KeyWriter key, string kind, string value)
    {
        _ = kind switch
        {
            "i8" or "i16" or "i32" or "i64" => key.AppendSigned(long.Parse(value), int.Parse(kind[1..]) / 8),
            "u8" or "u16" or "u32" or "u64" => key.AppendUnsigned(ulong.Parse(value), int.Parse(kind[1..]) / 8),
            "bool" => key.Append(value == "1"),
            "real" => key.Append(Real(value)),
            "time" => key.Append(Time(value)),
            "text" => key.Append(Encoding.UTF8.GetString(Hex(value))),
            "bytes" => key.AppendBytes(Hex(value)),
            "uuid" => key.Append(Guid.Parse(value)),
            _ => key.AppendFixed(Hex(value)),
        };
    }

    private static void CheckRead(KeyReader key, string kind, string value)
    {
        (object read, object expected) = kind switch
        {
            "i8" or "i16" or "i32" or "i64" => ((object)key.ReadSigned(int.Parse(kind[1..]) / 8), (object)long.Parse(value)),
            "u8" or "u16" or "u32" or "u64" => (key.ReadUnsigned(int.Parse(kind[1..]) / 8), ulong.Parse(value)),
            "bool" => (key.ReadBoolean(), value == "1"),
            "real" => (BitConverter.DoubleToUInt64Bits(key.ReadDouble()), Convert.ToUInt64(value, 16)),
            "time" => (key.ReadDateTimeOffset(), Time(value)),
            "text" => (key.ReadString(), Encoding.UTF8.GetString(Hex(value))),
            "bytes" => (key.ReadBytes(), Hex(value)),
            "uuid" => (key.ReadGuid(), Guid.Parse(value)),
            _ => (key.ReadFixed(Hex(value).Length), Hex(value)),
        };
        Assert.Equal(expected, read);
    }

    [Fact]
    public void VectorsOfAllLanguages()
    {
        byte[]? last = null;
        int count = 0;
        foreach (string line in File.ReadLines(Environment.GetEnvironmentVariable("WOMBAT_KEY_VECTORS")!))
        {
            if (line.Length == 0 || line[0] == '#')
            {
                last = line.Length == 0 ? null : last;
                continue;
            }
            string[] sides = line.Split(" = ");
            byte[] expected = Hex(sides[1]);
            var writer = new KeyWriter();
            var reader = new KeyReader(expected);
            foreach (string word in sides[0].Split(' '))
            {
                string[] part = word.Split(':');
                Write(writer, part[0], part[1]);
                CheckRead(reader, part[0], part[1]);
            }
            Assert.Equal(expected, writer.ToArray());
            Assert.False(reader.HasMore);
            Assert.True(last == null || last.AsSpan().SequenceCompareTo(expected) < 0, line);
            last = expected;
            ++count;
        }
        Assert.True(count > 100);
    }

    [Fact]
    public void KeysThatCannotBe()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeyWriter().AppendSigned(128, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeyWriter().AppendUnsigned(1UL << 32, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeyWriter().AppendSigned(0, 3));
        Assert.Throws<ArgumentException>(() => new KeyWriter().Append("\uD800"));
        Assert.Throws<FormatException>(() => new KeyReader("ab"u8.ToArray()).ReadInt64());
        Assert.Throws<FormatException>(() => new KeyReader("ab\0"u8.ToArray()).ReadBytes());
        Assert.Throws<FormatException>(() => new KeyReader("ab\0c"u8.ToArray()).ReadBytes());
        Assert.Throws<FormatException>(() => new KeyReader(new byte[] { 2 }).ReadBoolean());
        Assert.Throws<FormatException>(() => new KeyReader(new byte[] { 0xFF, 0, 1 }).ReadString());
        Assert.Throws<FormatException>(() => new KeyReader(new byte[8]).ReadDateTimeOffset());
        DateTimeOffset before = DateTimeOffset.UnixEpoch.AddTicks(-1);
        Assert.Equal(before.AddTicks(-9), new KeyReader(new KeyWriter().Append(before).ToArray()).ReadDateTimeOffset());
    }

    private sealed record Person(string Name, int Born);

    [Fact]
    public void Stores()
    {
        var people = new TypedStore<long, Person>(Db, KeyCodecs.Int64, ValueCodecs.Json<Person>(), "people/"u8);
        var series = new TypedStore<(string, DateTimeOffset), double>(
            Db, KeyCodecs.Pair(KeyCodecs.Text, KeyCodecs.Timestamp), ValueCodecs.Double, "series/"u8);
        foreach (long id in new[] { 3, -7, 100, long.MinValue })
        {
            people.Put(id, new Person("n" + id, 1900));
        }
        Assert.True(people.TryGet(-7, out Person? person));
        Assert.Equal("n-7", person.Name);
        Assert.False(people.TryGet(4, out _));
        Assert.Equal(new[] { long.MinValue, -7, 3, 100 }, people.Select(row => row.Key));
        Assert.Equal(new long[] { -7, 3 }, people.Range(-7, 100).Select(row => row.Key));
        DateTimeOffset start = new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);
        using var batch = new WriteBatch();
        for (int i = 0; i < 10; ++i)
        {
            series.Put(batch, ("s" + i % 2, start.AddSeconds(i)), i);
        }
        people.Delete(batch, 3);
        Db.Write(batch);
        List<KeyValuePair<(string, DateTimeOffset), double>> ones = series.StartingWith(key => key.Append("s1")).ToList();
        Assert.Equal(25, ones.Sum(row => row.Value));
        Assert.Equal(start.AddSeconds(9), ones[4].Key.Item2);
        Assert.False(people.Contains(3));
        Db.Put("people/x"u8, "not eight bytes"u8);
        Assert.Throws<FormatException>(() => people.ToList());
    }
}
