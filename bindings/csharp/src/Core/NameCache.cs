using System;

namespace WombatDb
{
    /// <summary>
    /// Bytes of the name that was used last. Programs name the same constant in call after call: then nothing is encoded, and
    /// nothing allocated. Any number of threads may use it.
    /// </summary>
    internal sealed class NameCache
    {
        private readonly string _what;
        private Entry _last = new Entry("", new byte[1]);

        internal NameCache(string what)
        {
            _what = what;
        }

        internal byte[] Encode(string name)
        {
            Entry last = _last;
            if (ReferenceEquals(last.Name, name))
            {
                return last.Bytes;
            }
            byte[] bytes = Texts.Encode(name, _what);
            _last = new Entry(name, bytes);
            return bytes;
        }

        private sealed class Entry
        {
            internal readonly string Name;
            internal readonly byte[] Bytes;

            internal Entry(string name, byte[] bytes)
            {
                Name = name;
                Bytes = bytes;
            }
        }
    }
}
