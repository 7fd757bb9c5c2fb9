using System;

namespace WombatDb
{
    internal sealed unsafe partial class DatabaseCore
    {
        /// <summary>Makes a keyspace with a native options object, which stays the caller's; 0: none.</summary>
        internal void CreateKeyspace(string name, long options)
        {
            fixed (byte* text = Texts.Encode(name, "keyspace name"))
            {
                Failure.Check(Raw.keyspace_create(_handle.Shared, text, options));
            }
            GC.KeepAlive(this);
        }

        internal DatabaseCore OpenKeyspace(string name)
        {
            fixed (byte* text = Texts.Encode(name, "keyspace name"))
            {
                long number = Failure.Check(Raw.keyspace_open(_handle.Shared, text));
                return new DatabaseCore("keyspace", number, new Closing(0), this);
            }
        }

        internal string[] ListKeyspaces()
        {
            return Lines(Texts.Collect((buffer, capacity) => Raw.keyspace_list(_handle.Shared, buffer, capacity)));
        }

        internal void RenameKeyspace(string name, string newName)
        {
            fixed (byte* text = Texts.Encode(name, "keyspace name"), newText = Texts.Encode(newName, "keyspace name"))
            {
                Failure.Check(Raw.keyspace_rename(_handle.Shared, text, newText));
            }
            GC.KeepAlive(this);
        }

        internal void DropKeyspace(string name)
        {
            fixed (byte* text = Texts.Encode(name, "keyspace name"))
            {
                Failure.Check(Raw.keyspace_drop(_handle.Shared, text));
            }
            GC.KeepAlive(this);
        }

        /// <summary>Of a list of names, which never hold a line end.</summary>
        private string[] Lines(string text)
        {
            GC.KeepAlive(this);
            return text.Split(new[] { '\n' }, StringSplitOptions.RemoveEmptyEntries);
        }
    }
}
