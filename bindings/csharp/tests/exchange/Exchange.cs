// The C# part of tests/bindings/exchange_test.sh, which says what rows there are.
using System;
using System.Linq;
using System.Text;
using System.Threading;
using WombatDb;

const int RowCount = 100;
Guid id = Guid.Parse("018f6d3e-7c00-7abc-8def-0123456789ab");

using WombatDatabase db = WombatDatabase.Open(args[1]);
if (args[0] == "leave")
{
    // Ends with everything open, and a thread inside calls.
    WombatIterator rows = db.CreateIterator();
    WriteBatch left = new WriteBatch().Delete(Key(args[2], 7));
    var reader = new Thread(() =>
    {
        for (;;)
        {
            db.TryGet(Key(args[2], 7), out _);
        }
    });
    reader.IsBackground = true;
    reader.Start();
    Thread.Sleep(10);
    Environment.Exit(rows.Next() && left.Count == 1 ? 0 : 1);
}
if (args[0] == "write")
{
    using var batch = new WriteBatch();
    for (int i = 0; i < RowCount; ++i)
    {
        batch.Put(Key(args[2], i), Encoding.UTF8.GetBytes($"{args[2]}:{i}"));
    }
    db.Write(batch);
    WriteKinds(args[2]);
    return 0;
}
foreach (string language in args.Skip(2))
{
    int i = 0;
    foreach (var (key, value) in db.Scan(new IteratorOptions { Prefix = new KeyWriter().Append(language).ToArray() }))
    {
        string text = Encoding.UTF8.GetString(value);
        if (!key.SequenceEqual(Key(language, i)) || text != $"{language}:{i}" || !IsRead(key.ToArray(), language, i))
        {
            Console.Error.WriteLine($"row {i} of {language} is {Convert.ToHexString(key)} = {text}");
            return 1;
        }
        ++i;
    }
    if (i != RowCount)
    {
        Console.Error.WriteLine($"{language} has {i} rows");
        return 1;
    }
    if (!AreKindsRead(language))
    {
        return 1;
    }
}
return 0;

// One write of each kind beyond puts and deletes, in a keyspace.
void WriteKinds(string language)
{
    db.CreateKeyspace(language);
    using WombatDatabase keyspace = db.OpenKeyspace(language);
    keyspace.Put("expires"u8, "later"u8, new WriteOptions { TimeToLive = TimeSpan.FromHours(1) });
    keyspace.Put("stays"u8, "here"u8);
    keyspace.Put("gone"u8, "here"u8);
    keyspace.DeleteRange("gone"u8.ToArray(), "gonf"u8.ToArray());
    keyspace.Merge(MergeOperators.Int64Add, "sum"u8, MergeOperators.FromInt64(40));
    keyspace.Merge(MergeOperators.Int64Add, "sum"u8, MergeOperators.FromInt64(2));
    db.RunInTransaction(txn =>
    {
        txn.Merge(MergeOperators.AppendWith("-"), "text"u8, "a"u8, keyspace);
        txn.Merge(MergeOperators.AppendWith("-"), "text"u8, "b"u8, keyspace);
    });
}

bool AreKindsRead(string language)
{
    if (!db.GetKeyspaces().Contains(language))
    {
        return true;
    }
    using WombatDatabase keyspace = db.OpenKeyspace(language);
    string found = string.Join(" ", keyspace.Scan().Select(row => Encoding.UTF8.GetString(row.Key) + "=" +
        (row.Value.Length == 8 ? MergeOperators.ToInt64(row.Value).ToString() : Encoding.UTF8.GetString(row.Value))));
    if (found == "expires=later stays=here sum=42 text=a-b")
    {
        return true;
    }
    Console.Error.WriteLine($"keyspace {language} holds {found}");
    return false;
}

byte[] Key(string language, int i) => new KeyWriter().Append(language).Append(i * 7919L - 400_000)
    .Append(DateTimeOffset.FromUnixTimeSeconds(i)).Append(i / 8.0 - 5).Append(i % 2 == 1).Append(id).AppendBytes([0, (byte)i]).ToArray();

bool IsRead(byte[] bytes, string language, int i)
{
    var key = new KeyReader(bytes);
    return key.ReadString() == language && key.ReadInt64() == i * 7919L - 400_000
        && key.ReadDateTimeOffset() == DateTimeOffset.FromUnixTimeSeconds(i) && key.ReadDouble() == i / 8.0 - 5
        && key.ReadBoolean() == (i % 2 == 1) && key.ReadGuid() == id && key.ReadBytes().SequenceEqual(new byte[] { 0, (byte)i })
        && !key.HasMore;
}
