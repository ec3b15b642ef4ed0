namespace AdminPortal.MailServer.Imap;

/// <summary>Puts messages into threads (RFC 5256, 3: ORDEREDSUBJECT and REFERENCES).</summary>
internal static class ThreadForest
{
    /// <summary>Who has the same subject belongs together; the oldest is the parent of the others.</summary>
    public static List<ThreadNode> BySubject(IEnumerable<SortFacts> messages)
    {
        var roots = new List<ThreadNode>();
        foreach (var subject in messages.GroupBy(m => m.Subject, StringComparer.Ordinal))
        {
            var nodes = subject.Select(m => new ThreadNode(m)).ToList();
            nodes.Sort(ThreadNode.ByDate);
            nodes[0].TakeAll(nodes.Skip(1));
            roots.Add(nodes[0]);
        }

        roots.Sort(ThreadNode.ByDate);
        return roots;
    }

    /// <summary>By what messages say they answer, and then by subject.</summary>
    public static List<ThreadNode> ByReferences(IReadOnlyList<SortFacts> messages)
    {
        var roots = new ThreadLinks(messages).Roots();
        foreach (var node in ThreadNode.FromBelow(roots))
            node.DropDummies();
        roots = [.. roots.SelectMany(Promoted)];
        foreach (var node in ThreadNode.FromBelow(roots))
            node.SortChildren();
        roots.Sort(ThreadNode.ByDate);
        roots = MergeSubjects(roots);
        foreach (var node in ThreadNode.FromBelow(roots))
            node.SortChildren();
        roots.Sort(ThreadNode.ByDate);
        return roots;
    }

    /// <summary>Step 3: at the top, something that is no message stays only to hold several together.</summary>
    private static IEnumerable<ThreadNode> Promoted(ThreadNode root) =>
        root is { IsDummy: true, Children.Count: < 2 } ? root.Children : [root];

    /// <summary>Step 5: threads of the same subject become one.</summary>
    private static List<ThreadNode> MergeSubjects(List<ThreadNode> roots)
    {
        var table = new Dictionary<string, ThreadNode>(StringComparer.Ordinal);
        foreach (var root in roots.Where(r => r.First!.Subject.Length > 0))
            if (!table.TryGetValue(root.First!.Subject, out var known) || IsBetter(root, known))
                table[root.First.Subject] = root;
        var gone = new HashSet<ThreadNode>();
        var added = new List<ThreadNode>();
        foreach (var root in roots)
            if (!gone.Contains(root) && root.First!.Subject is { Length: > 0 } subject && table[subject] is var head && head != root)
                table[subject] = Merge(root, head, gone, added);
        return [.. roots.Concat(added).Where(r => !gone.Contains(r))];
    }

    private static bool IsBetter(ThreadNode root, ThreadNode known) =>
        (root.IsDummy && !known.IsDummy) || (!root.IsDummy && !known.IsDummy && known.First!.IsAnswer && !root.First!.IsAnswer);

    private static ThreadNode Merge(ThreadNode root, ThreadNode head, HashSet<ThreadNode> gone, List<ThreadNode> added)
    {
        gone.Add(root);
        if (head.IsDummy && root.IsDummy)
            head.TakeAll(root.Children);
        else if (head.IsDummy || (root.First!.IsAnswer && !head.First!.IsAnswer))
            head.Take(root);
        else
            return Together(root, head, gone, added);
        return head;
    }

    private static ThreadNode Together(ThreadNode root, ThreadNode head, HashSet<ThreadNode> gone, List<ThreadNode> added)
    {
        var both = new ThreadNode(null);
        both.TakeAll([head, root]);
        gone.Add(head);
        added.Add(both);
        return both;
    }
}

/// <summary>
/// Steps 1 and 2 of REFERENCES: who answers whom. First every message is put below the last it refers to; then, where nobody said better, the
/// others of a chain below each other. So each link is made to the top of a tree, and whether it would close a circle is asked of the trees
/// alone, not of everyone above.
/// </summary>
internal sealed class ThreadLinks
{
    private readonly Dictionary<string, int> _byId = new(StringComparer.Ordinal);
    private readonly List<ThreadNode> _nodes = [];
    private readonly List<int> _trees = [];

    public ThreadLinks(IReadOnlyList<SortFacts> messages)
    {
        // The second of two messages with one id, like one without, is nobody's parent.
        foreach (var message in messages)
            Add(new ThreadNode(message), message.Id is { } id && !_byId.ContainsKey(id) ? id : null);
        for (var index = 0; index < messages.Count; index++)
            if (messages[index].References is [.., var last])
                Link(Find(last), index);
        foreach (var message in messages)
            foreach (var (above, below) in message.References.Zip(message.References.Skip(1)))
                Link(Find(above), Find(below));
    }

    public List<ThreadNode> Roots() => [.. _nodes.Where(node => node.Parent is null)];

    private int Add(ThreadNode node, string? id)
    {
        _nodes.Add(node);
        _trees.Add(_trees.Count);
        if (id is not null)
            _byId[id] = _nodes.Count - 1;
        return _nodes.Count - 1;
    }

    private int Find(string id) => _byId.TryGetValue(id, out var index) ? index : Add(new ThreadNode(null), id);

    private void Link(int parent, int child)
    {
        if (_nodes[child].Parent is not null || Tree(parent) == Tree(child))
            return;
        _nodes[parent].Take(_nodes[child]);
        _trees[Tree(child)] = Tree(parent);
    }

    /// <summary>Halves the way as it goes, so that the next goes less.</summary>
    private int Tree(int node)
    {
        while (_trees[node] != node)
            node = _trees[node] = _trees[_trees[node]];
        return node;
    }
}
