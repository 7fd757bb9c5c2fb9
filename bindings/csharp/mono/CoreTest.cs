using System;
using System.IO;
using System.Reflection;
using System.Text;
using System.Threading;

namespace WombatDb
{
    /// <summary>Tests of the core, for a machine that has Mono and no .NET SDK. Names of tests may be given.</summary>
    internal static unsafe class CoreTest
    {
        private static string _folder = "";
        private static CursorCore _leftOpen;

        private static int Main(string[] names)
        {
            int failed = 0;
            int count = 0;
            foreach (MethodInfo test in typeof(CoreTest).GetMethods(BindingFlags.Static | BindingFlags.NonPublic))
            {
                if (!test.Name.StartsWith("Test", StringComparison.Ordinal) || (names.Length > 0 && Array.IndexOf(names, test.Name) < 0))
                {
                    continue;
                }
                ++count;
                failed += Run(test) ? 0 : 1;
            }
            Console.WriteLine("{0} tests, {1} failed", count, failed);
            return failed == 0 && count > 0 ? 0 : 1;
        }

        private static bool Run(MethodInfo test)
        {
            _folder = Path.Combine(Path.GetTempPath(), "wombat_mono_" + Guid.NewGuid().ToString("N"));
            Directory.CreateDirectory(_folder);
            try
            {
                test.Invoke(null, null);
                Console.WriteLine("ok     " + test.Name);
                return true;
            }
            catch (TargetInvocationException exception)
            {
                Console.WriteLine("FAILED " + test.Name + ": " + exception.InnerException);
                return false;
            }
            finally
            {
                Directory.Delete(_folder, true);
            }
        }

        private static DatabaseCore Open(string settings = "")
        {
            long options = Failure.Check(Raw.options_create());
            OptionsCore.Parse(options, settings);
            OptionsCore.Set(options, OptionNames.WalSync, "os");
            try
            {
                return DatabaseCore.Open(Path.Combine(_folder, "größe"), options, 0);
            }
            finally
            {
                Raw.options_destroy(options);
            }
        }

        private static byte[] Bytes(string text)
        {
            return Encoding.UTF8.GetBytes(text);
        }

        private static void Put(DatabaseCore db, string key, string value)
        {
            byte[] keyBytes = Bytes(key);
            byte[] valueBytes = Bytes(value);
            fixed (byte* k = keyBytes, v = valueBytes)
            {
                db.Put(k, keyBytes.Length, v, valueBytes.Length, 0, 0, 0, 0);
            }
        }

        private static string Get(DatabaseCore db, string key)
        {
            byte[] keyBytes = Bytes(key);
            byte* buffer = stackalloc byte[100];
            fixed (byte* k = keyBytes)
            {
                int size = db.Get(k, keyBytes.Length, 0, 0, buffer, 100);
                return size < 0 ? "(none)" : Texts.Read(buffer, size);
            }
        }

        private static CursorCore Cursor(DatabaseCore db)
        {
            return new CursorCore(db, 0, 0, null, -1, null, -1, null, -1, 0);
        }

        private static string Key(CursorCore cursor)
        {
            return Encoding.UTF8.GetString(cursor.Rows, cursor.KeyOffset, cursor.KeySize);
        }

        private static void CheckEqual<T>(T actual, T expected)
        {
            if (!Equals(actual, expected))
            {
                throw new InvalidOperationException(actual + " instead of " + expected);
            }
        }

        private static void CheckThrows<T>(Action call) where T : Exception
        {
            try
            {
                call();
            }
            catch (T)
            {
                return;
            }
            throw new InvalidOperationException("nothing was thrown instead of " + typeof(T).Name);
        }

        private static void TestPartsAndLazyValues()
        {
            using (DatabaseCore db = Open("value_log.threshold=100"))
            {
                string value = new string('v', 40) + new string('w', 160);
                Put(db, "a", value);
                Put(db, "b", "short");
                byte* buffer = stackalloc byte[300];
                byte* key = stackalloc byte[1];
                key[0] = (byte)'a';
                long size;
                CheckEqual(db.GetPart(key, 1, 39, 0, 0, buffer, 2, out size), 2);
                CheckEqual(size, 200L);
                CheckEqual(Texts.Read(buffer, 2), "vw");
                key[0] = (byte)'x';
                CheckEqual(db.GetPart(key, 1, 0, 0, 0, buffer, 2, out size), -1);
                using (var rows = new CursorCore(db, 0, Constants.ReadLazyValues, null, -1, null, -1, null, -1, 0))
                {
                    CheckEqual(rows.Step(true), true);
                    CheckEqual(rows.IsValueLeft, true);
                    CheckEqual(rows.ValueSize, 200);
                    CheckEqual(rows.ReadValue(buffer, 199), 200);
                    CheckEqual(rows.ReadValue(buffer, 300), 200);
                    CheckEqual(Texts.Read(buffer, 200), value);
                    CheckEqual(rows.Step(true), true);
                    CheckEqual(rows.IsValueLeft, false);
                    CheckEqual(rows.ReadValue(buffer, 300), 5);
                    CheckEqual(rows.Expiry(), 0L);
                    CheckEqual(rows.Step(true), false);
                }
            }
        }

        private static void TestBuilder()
        {
            string path = Path.Combine(_folder, "sorted");
            byte* bytes = stackalloc byte[2];
            bytes[0] = (byte)'a';
            bytes[1] = (byte)'b';
            long size;
            var builder = new BuilderCore(path, 0);
            builder.Put(bytes, 1, bytes, 2);
            builder.PutUntil(bytes, 2, bytes, 2, 0);
            CheckThrows<WombatException>(() => PutFirst(builder));
            builder.Delete(bytes + 1, 1);
            CheckEqual(builder.Measure(out size), 3L);
            builder.Finish();
            builder.Dispose();
            builder.Dispose();
            CheckThrows<ObjectDisposedException>(builder.Finish);
            CheckEqual(File.Exists(path), true);
            CheckThrows<WombatException>(() => new BuilderCore(path, 0));
        }

        private static void PutFirst(BuilderCore builder)
        {
            byte key = (byte)'A';
            builder.Put(&key, 1, &key, 1);
        }

        private static void TestPutGetDelete()
        {
            using (DatabaseCore db = Open())
            {
                CheckEqual(Get(db, "ada"), "(none)");
                Put(db, "ada", "1815");
                CheckEqual(Get(db, "ada"), "1815");
                Put(db, "ada", "");
                CheckEqual(Get(db, "ada"), "");
                byte* key = stackalloc byte[3];
                key[0] = key[2] = (byte)'a';
                key[1] = (byte)'d';
                CheckEqual(db.Contains(key, 3, 0, 0), true);
                db.Delete(key, 3, 0, 0, 0);
                CheckEqual(db.Contains(key, 3, 0, 0), false);
                db.Sync();
            }
        }

        private static void TestBatchAndCursor()
        {
            using (DatabaseCore db = Open())
            using (BatchCore batch = new BatchCore())
            {
                for (int i = 0; i < 3000; ++i)
                {
                    byte[] key = Bytes(i.ToString("D4"));
                    byte[] value = new byte[i % 100];
                    fixed (byte* k = key, v = value)
                    {
                        batch.Add(true, k, key.Length, v, value.Length);
                    }
                }
                CheckEqual(batch.Run(Raw.batch_count), 3000);
                long number = db.Number;
                batch.Run(b => Raw.write(number, b, 0, 0, 0, 0));
                using (CursorCore cursor = Cursor(db))
                {
                    for (int i = 0; i < 3000; ++i)
                    {
                        CheckEqual(cursor.Step(true), true);
                        CheckEqual(Key(cursor), i.ToString("D4"));
                        CheckEqual(cursor.ValueSize, i % 100);
                    }
                    CheckEqual(cursor.Step(true), false);
                    for (int i = 2999; i >= 0; --i)
                    {
                        CheckEqual(cursor.Step(false), true);
                        CheckEqual(Key(cursor), i.ToString("D4"));
                    }
                    CheckEqual(cursor.Step(false), false);
                    CheckEqual(cursor.Step(true), true);
                    CheckEqual(Key(cursor), "0000");
                }
            }
        }

        private static void TestKeyspaces()
        {
            using (DatabaseCore db = Open())
            {
                db.CreateKeyspace("visits", 0);
                CheckEqual(string.Join(" ", db.ListKeyspaces()), "default visits");
                DatabaseCore visits = db.OpenKeyspace("visits");
                Put(visits, "ada", "7");
                CheckEqual(Get(db, "ada"), "(none)");
                CheckEqual(Get(visits, "ada"), "7");
                db.RenameKeyspace("visits", "calls");
                CheckEqual(Get(visits, "ada"), "7");
                db.DropKeyspace("calls");
                CheckThrows<WombatException>(() => Get(visits, "ada"));
                db.Dispose();
                CheckThrows<ObjectDisposedException>(() => Get(visits, "ada"));
                visits.Dispose();
            }
        }

        private static void TestSingleCalls()
        {
            using (DatabaseCore db = Open())
            {
                byte* key = stackalloc byte[1];
                key[0] = (byte)'n';
                CheckEqual(db.FetchAdd(key, 1, 40, 0, 0, 0, 0), 0L);
                long two = 2;
                db.Merge("int64_add", key, 1, (byte*)&two, 8, 0, 0, 0);
                CheckEqual(db.FetchAdd(key, 1, 0, 0, 0, 0, -1), 42L);
                CheckEqual(db.PutIfAbsent(key, 1, key, 1, 0, 0, 0, 0), false);
                CheckEqual(db.CompareAndSet(key, 1, key, 1, key, 1, 0, 0, 0, 0), false);
                db.DeleteRange(null, -1, null, -1, 0, 0, 0);
                CheckEqual(db.CompareAndSet(key, 1, null, -1, key, 1, 0, 0, 0, 0), true);
                CheckEqual(Get(db, "n"), "n");
                CheckEqual(db.CommitTimestamp() > 0, true);
            }
        }

        private static void TestTransactions()
        {
            using (DatabaseCore db = Open())
            {
                byte* key = stackalloc byte[1];
                byte* buffer = stackalloc byte[1];
                key[0] = (byte)'k';
                TransactionCore first = Begin(db);
                TransactionCore second = Begin(db);
                CheckEqual(first.Get(0, key, 1, buffer, 1), -1);
                CheckEqual(second.GetForUpdate(0, key, 1, buffer, 1), -1);
                first.Put(0, key, 1, key, 1, 0);
                first.SetSavepoint();
                first.DeleteRange(0, null, -1, null, -1);
                CheckEqual(first.Contains(0, key, 1), false);
                CheckEqual(first.RollbackToSavepoint(), true);
                CheckEqual(first.ReleaseSavepoint(), false);
                using (CursorCore cursor = new CursorCore(first, 0, 0, null, -1, null, -1, null, -1, 0))
                {
                    CheckEqual(cursor.Step(true), true);
                    CheckEqual(Key(cursor), "k");
                }
                CheckEqual(first.Commit(0, 0, 0) > 0, true);
                second.Merge(0, "append", key, 1, key, 1);
                CheckThrows<WombatException>(() => second.Commit(0, 0, 0));
                CheckThrows<WombatException>(() => second.Rollback());
                first.Dispose();
                first.Dispose();
                CheckThrows<ObjectDisposedException>(() => first.Commit(0, 0, 0));
                second.Dispose();
                CheckEqual(db.RetryDelay(0) >= 0, true);
                CheckEqual(db.RetryDelay(1000), -1L);
                Prepare(db);
                TransactionCore last = Begin(db);
                db.Dispose();
                CheckThrows<ObjectDisposedException>(() => last.SetSavepoint());
                last.Dispose();
            }
        }

        private static void Prepare(DatabaseCore db)
        {
            byte* key = stackalloc byte[1];
            foreach (string name in new[] { "eins", "zwei" })
            {
                using (TransactionCore transaction = Begin(db))
                {
                    key[0] = (byte)name[0];
                    transaction.Put(0, key, 1, key, 1, 0);
                    transaction.Prepare(name);
                }
            }
            CheckEqual(string.Join(" ", db.ListPrepared()), "eins zwei");
            CheckEqual(db.CommitPrepared("eins") > 0, true);
            db.RollbackPrepared("zwei");
            CheckThrows<WombatException>(() => db.RollbackPrepared("zwei"));
            CheckEqual(Get(db, "e") + Get(db, "z"), "e(none)");
        }

        private static TransactionCore Begin(DatabaseCore db)
        {
            return new TransactionCore(db, 0, 0, 0, 0, 0);
        }

        private static void TestUseAfterDispose()
        {
            DatabaseCore db = Open();
            Put(db, "k", "v");
            CursorCore cursor = Cursor(db);
            CheckEqual(cursor.Step(true), true);
            OwnedHandle snapshot = db.CreateSnapshot();
            db.Dispose();
            db.Dispose();
            CheckThrows<ObjectDisposedException>(() => Put(db, "k", "v"));
            CheckThrows<ObjectDisposedException>(() => cursor.MoveTo(Constants.ShimFirst, null, 0, true));
            snapshot.Dispose();
            cursor.Dispose();
            cursor.Dispose();
            CheckThrows<ObjectDisposedException>(() => cursor.Step(true));
        }

        private static void TestDisposeWhileOthersUse()
        {
            for (int round = 0; round < 10; ++round)
            {
                DatabaseCore db = Open();
                Thread[] threads = new Thread[3];
                string unexpected = "";
                for (int i = 0; i < threads.Length; ++i)
                {
                    string key = "key" + i;
                    threads[i] = new Thread(() =>
                    {
                        try
                        {
                            for (;;)
                            {
                                Put(db, key, "v");
                                Get(db, key);
                                using (CursorCore cursor = Cursor(db))
                                {
                                    while (cursor.Step(true))
                                    {
                                    }
                                }
                            }
                        }
                        catch (ObjectDisposedException)
                        {
                        }
                        catch (Exception exception)
                        {
                            unexpected = exception.ToString();
                        }
                    });
                    threads[i].Start();
                }
                Thread.Sleep(5 + 5 * round);
                db.Dispose();
                foreach (Thread thread in threads)
                {
                    thread.Join();
                }
                CheckEqual(unexpected, "");
            }
        }

        /// <summary>Mono runs finalisers when it ends: of a cursor and of its database, whose files are gone by then.</summary>
        private static void TestLeftOpenAtExit()
        {
            _leftOpen = Cursor(Open());
            CheckEqual(_leftOpen.Step(true), false);
        }

        private static void TestFailures()
        {
            CheckThrows<WombatException>(() => DatabaseCore.Destroy(Path.Combine(_folder, "none")));
            CheckThrows<WombatException>(() => Texts.Encode("a\uD800", "path"));
            using (DatabaseCore db = Open())
            {
                CheckThrows<WombatException>(() => Open());
                byte[] key = new byte[Constants.KeySizeMax + 1];
                CheckThrows<WombatException>(() =>
                {
                    fixed (byte* k = key)
                    {
                        db.Put(k, key.Length, null, 0, 0, 0, 0, 0);
                    }
                });
            }
        }
    }
}
