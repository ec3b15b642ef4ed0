namespace AdminPortal.MailServer.Imap;

/// <summary>A place in a thread: a message, or one that others speak of and that is not here.</summary>
internal sealed class ThreadNode
{
    public ThreadNode(SortFacts? facts) => (Facts, First) = (facts, facts);

    public SortFacts? Facts { get; }

    /// <summary>Set when all below it is in its last order: its own, or of its first child.</summary>
    public SortFacts? First { get; private set; }

    public ThreadNode? Parent { get; private set; }

    public List<ThreadNode> Children { get; private set; } = [];

    public bool IsDummy => Facts is null;

    public void Take(ThreadNode child)
    {
        child.Parent = this;
        Children.Add(child);
    }

    public void TakeAll(IEnumerable<ThreadNode> children)
    {
        foreach (var child in children)
            Take(child);
    }

    /// <summary>Children that are no messages give way to their own; those with none go. To be called from below upwards.</summary>
    public void DropDummies()
    {
        var kept = Children.SelectMany(child => child.IsDummy ? child.Children : [child]).ToList();
        Children = [];
        TakeAll(kept);
    }

    /// <summary>To be called from below upwards.</summary>
    public void SortChildren()
    {
        Children.Sort(ByDate);
        First = Facts ?? Children[0].First;
    }

    public static int ByDate(ThreadNode x, ThreadNode y) =>
        x.First!.Sent.CompareTo(y.First!.Sent) is not 0 and var order ? order : x.First.Message.Number.CompareTo(y.First.Message.Number);

    /// <summary>These and all below, each after what is below it; a thread may be as deep as a mailbox is long, so nothing here calls itself.</summary>
    public static List<ThreadNode> FromBelow(IEnumerable<ThreadNode> roots)
    {
        var order = new List<ThreadNode>();
        var open = new Stack<ThreadNode>(roots);
        while (open.TryPop(out var node))
        {
            order.Add(node);
            foreach (var child in node.Children)
                open.Push(child);
        }

        order.Reverse();
        return order;
    }
}
