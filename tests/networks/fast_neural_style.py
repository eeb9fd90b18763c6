"""The network of PyTorch's example fast_neural_style, written down again for comparison."""

from torch import nn
from torch.nn import functional as F


class Conv(nn.Module):
    """A layer of PyTorch's example fast_neural_style: pads by reflection, may enlarge before."""

    def __init__(self, inputs, outputs, kernel, stride=1, upsample=None):
        super().__init__()
        self.upsample = upsample
        self.reflection_pad = nn.ReflectionPad2d(kernel // 2)
        self.conv2d = nn.Conv2d(inputs, outputs, kernel, stride)

    def forward(self, x):
        if self.upsample:
            x = F.interpolate(x, scale_factor=self.upsample, mode="nearest")
        return self.conv2d(self.reflection_pad(x))


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = Conv(channels, channels, 3)
        self.in1 = nn.InstanceNorm2d(channels, affine=True)
        self.conv2 = Conv(channels, channels, 3)
        self.in2 = nn.InstanceNorm2d(channels, affine=True)

    def forward(self, x):
        return x + self.in2(self.conv2(F.relu(self.in1(self.conv1(x)))))


class TransformerNet(nn.Module):
    """Its network, RGB 0 to 255 to the same, with its names in its order."""

    def __init__(self):
        super().__init__()
        self.conv1 = Conv(3, 32, 9)
        self.in1 = nn.InstanceNorm2d(32, affine=True)
        self.conv2 = Conv(32, 64, 3, stride=2)
        self.in2 = nn.InstanceNorm2d(64, affine=True)
        self.conv3 = Conv(64, 128, 3, stride=2)
        self.in3 = nn.InstanceNorm2d(128, affine=True)
        self.res1, self.res2, self.res3 = Residual(128), Residual(128), Residual(128)
        self.res4, self.res5 = Residual(128), Residual(128)
        self.deconv1 = Conv(128, 64, 3, upsample=2)
        self.in4 = nn.InstanceNorm2d(64, affine=True)
        self.deconv2 = Conv(64, 32, 3, upsample=2)
        self.in5 = nn.InstanceNorm2d(32, affine=True)
        self.deconv3 = Conv(32, 3, 9)

    def forward(self, x):
        for conv, norm in (("conv1", "in1"), ("conv2", "in2"), ("conv3", "in3")):
            x = F.relu(self.get_submodule(norm)(self.get_submodule(conv)(x)))
        x = self.res5(self.res4(self.res3(self.res2(self.res1(x)))))
        x = F.relu(self.in4(self.deconv1(x)))
        return self.deconv3(F.relu(self.in5(self.deconv2(x))))
