using AdminPortal.Data;
using Xunit;

namespace AdminPortal.Tests.Data;

public sealed class ClientAdviceTests
{
    [Fact]
    public void Nobody_said_anything_so_the_products_advice_holds()
    {
        var advice = ClientAdvice.For(ClientPreferences.Unset, null);

        Assert.Equal(new(null, SendReceive.EveryMinutes, AdvisedBy.Default), advice.SendReceive);
        Assert.Equal(new(null, ClientAdvice.UsualInterval, AdvisedBy.Default), advice.IntervalMinutes);
        Assert.Equal(new(null, true, AdvisedBy.Default), advice.KeepCopyOnServer);
        Assert.Equal(new(null, true, AdvisedBy.Default), advice.UseIdle);
    }

    [Fact]
    public void The_mailbox_comes_before_the_plan_member_by_member()
    {
        var plan = new ClientPreferences(SendReceive.Manually, 30, false, null);
        var mailbox = new ClientPreferences(SendReceive.AtStart, null, null, false);

        var advice = ClientAdvice.For(mailbox, plan);

        Assert.Equal(new(SendReceive.AtStart, SendReceive.AtStart, AdvisedBy.Mailbox), advice.SendReceive);
        Assert.Equal(new(null, (short)30, AdvisedBy.Plan), advice.IntervalMinutes);
        Assert.Equal(new(null, false, AdvisedBy.Plan), advice.KeepCopyOnServer);
        Assert.Equal(new(false, false, AdvisedBy.Mailbox), advice.UseIdle);
    }
}
